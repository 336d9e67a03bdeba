package health

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// probe is one check and its run in progress, if any.
type probe struct {
	name  string
	check func(context.Context) Node
	// since is when the run in progress began, in Unix nanoseconds; 0 if there
	// is none. A check that hangs keeps it set and is not started a second time.
	since atomic.Int64
}

// run returns what the check says, or that it did not say anything in time.
func (p *probe) run(ctx context.Context, timeout time.Duration) Node {
	began := time.Now()
	if since := p.since.Load(); since != 0 {
		return p.silent(began.Sub(time.Unix(0, since)))
	}
	p.since.Store(began.UnixNano())

	ctx, cancel := context.WithTimeout(ctx, timeout)
	answer := make(chan Node, 1) // buffered: a late answer must not block its goroutine for ever
	go func() {
		defer cancel()
		n := p.protected(ctx)
		p.since.Store(0) // before the answer: the next run may follow at once
		answer <- n
	}()

	// The check learns of the end through ctx and deserves a moment to say so in
	// its own words; one that does not listen is left behind.
	giveUp := time.NewTimer(timeout + timeout/10)
	defer giveUp.Stop()
	select {
	case n := <-answer:
		n.Name = p.name
		n.CheckedAt = time.Now()
		n.LatencyMS = Milliseconds(n.CheckedAt.Sub(began))
		return n
	case <-giveUp.C:
		return p.silent(time.Since(began))
	}
}

func (p *probe) protected(ctx context.Context) (n Node) {
	defer func() {
		if v := recover(); v != nil {
			n = Node{Status: Unhealthy, Message: fmt.Sprintf("the check panicked: %v", v)}
		}
	}()
	return p.check(ctx)
}

func (p *probe) silent(waited time.Duration) Node {
	return Node{
		Name:      p.name,
		Status:    Unhealthy,
		Message:   fmt.Sprintf("the check has not answered for %s", waited.Round(100*time.Millisecond)),
		LatencyMS: Milliseconds(waited),
		CheckedAt: time.Now(),
	}
}

// Milliseconds is d as figures, latencies and logs have it, to the microsecond.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
