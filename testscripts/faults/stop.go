//go:build linux

package main

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

const clients = 32

// stop tells a process to stop while clients write through it. What they sent is
// answered; then their connections are refused.
func (l *lab) stop() error {
	s, err := l.shop("database")
	if err != nil {
		return err
	}
	p, err := l.serve(s)
	if err != nil {
		return err
	}
	work := start(clients, func(n int64) error { return move(p.url, n) })
	time.Sleep(2 * time.Second)
	took, err := p.terminate()
	errs := work.wait()
	say("%d requests answered, %d dropped; it stopped within %s", work.done.Load(), len(errs), took.Round(time.Millisecond))
	if err != nil || len(errs) > 0 {
		return errors.Join(err, first(errs))
	}
	return l.keeps(s, work.done.Load())
}

// keeps starts the application again and compares what it has with what was
// acknowledged.
func (l *lab) keeps(s shop, acknowledged int64) error {
	p, err := l.serve(s)
	if err != nil {
		return err
	}
	t, err := ledger(p.url)
	say("%d writes acknowledged, %d there", acknowledged, t.Moves)
	if err == nil && t.Moves != acknowledged {
		err = fmt.Errorf("%d writes are lost", acknowledged-t.Moves)
	}
	return err
}

// replace replaces two processes one after the other, as a rolling deployment
// does: whoever is not ready is sent nothing. No client notices.
func (l *lab) replace() error {
	url, err := l.database()
	if err != nil {
		return err
	}
	s, err := l.shop("database", "ENV=production", "DATABASE_URL="+url)
	if err != nil {
		return err
	}
	if _, err := output(s.command("migrate", "up")); err != nil {
		return err
	}
	var running []*process
	for range 2 {
		p, err := l.serve(s)
		if err != nil {
			return err
		}
		running = append(running, p)
	}
	b := balance(running...)
	defer b.stop()
	work := start(clients, func(n int64) error { return move(b.next(), n) })
	var took []time.Duration
	for _, old := range running {
		time.Sleep(time.Second)
		p, err := l.serve(s)
		if err != nil {
			return err
		}
		b.add(p)
		d, err := old.terminate()
		if err != nil {
			return err
		}
		took = append(took, d.Round(time.Millisecond))
	}
	time.Sleep(time.Second)
	errs := work.stop()
	dropped := int64(len(errs)) + work.refused.Load()
	say("%d requests answered, %d dropped, the slowest took %s; they stopped within %s", work.done.Load(), dropped, work.longest(), took)
	if dropped > 0 {
		return errors.Join(fmt.Errorf("%d connections refused", work.refused.Load()), first(errs))
	}
	t, err := ledger(b.next())
	say("%d writes acknowledged, %d there", work.done.Load(), t.Moves)
	if err == nil && t.Moves != work.done.Load() {
		err = errors.New("writes are lost")
	}
	return err
}

// balancer knows which processes are ready, as a load balancer does.
type balancer struct {
	processes atomic.Pointer[[]*process]
	ready     atomic.Pointer[[]string]
	turn      atomic.Uint64
	end       chan struct{}
}

func balance(processes ...*process) *balancer {
	b := &balancer{end: make(chan struct{})}
	b.processes.Store(&processes)
	b.look()
	go func() {
		for {
			select {
			case <-b.end:
				return
			case <-time.After(100 * time.Millisecond):
				b.look()
			}
		}
	}()
	return b
}

func (b *balancer) look() {
	var ready []string
	for _, p := range *b.processes.Load() {
		if p.ready() {
			ready = append(ready, p.url)
		}
	}
	b.ready.Store(&ready)
}

func (b *balancer) add(p *process) {
	more := append([]*process{p}, *b.processes.Load()...)
	b.processes.Store(&more)
	b.look()
}

func (b *balancer) next() string {
	ready := *b.ready.Load()
	if len(ready) == 0 {
		return "http://127.0.0.1:1" // where nobody is
	}
	return ready[b.turn.Add(1)%uint64(len(ready))]
}

func (b *balancer) stop() { close(b.end) }
