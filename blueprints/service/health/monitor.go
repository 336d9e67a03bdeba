package health

import (
	"context"
	"sync"
	"time"
)

const (
	defaultInterval = 2 * time.Second
	checkTimeout    = 2 * time.Second
)

// Monitor checks everything once per interval and hands the same sample to all
// who ask, so that readers cost nothing. Configure it before Run.
type Monitor struct {
	interval time.Duration
	probes   []*probe
	host     *probe
	hide     redactor

	sampling sync.Mutex // held while a sample is taken

	mu      sync.Mutex
	latest  Node
	sampled bool
	readers map[chan Node]struct{}
}

// NewMonitor returns a Monitor that checks the machine it runs on and nothing
// else yet.
func NewMonitor() *Monitor {
	return &Monitor{
		interval: defaultInterval,
		host:     &probe{name: "system", check: host{started: time.Now()}.check},
		hide:     newRedactor(nil),
		readers:  map[chan Node]struct{}{},
	}
}

// SetInterval sets the time between two samples.
func (m *Monitor) SetInterval(d time.Duration) { m.interval = d }

// Conceal names values that must never appear in a message.
func (m *Monitor) Conceal(secrets ...string) { m.hide = newRedactor(secrets) }

// Add watches a component.
func (m *Monitor) Add(name string, check func(context.Context) Node) {
	m.probes = append(m.probes, &probe{name: name, check: check})
}

// Run samples until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	for {
		m.publish(m.sample())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Latest returns the newest sample. Only the very first caller may have to
// wait for one. The tree is shared: read it, do not change it.
func (m *Monitor) Latest() Node {
	if n, ok := m.last(); ok {
		return n
	}
	n := m.sample()
	m.publish(n)
	return n
}

// Subscribe returns a channel that carries the newest sample now, if there is
// one, and each one after it. A slow reader misses samples, but never the
// newest. The channel is closed when ctx ends.
func (m *Monitor) Subscribe(ctx context.Context) <-chan Node {
	ch := make(chan Node, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readers[ch] = struct{}{}
	if m.sampled {
		ch <- m.latest
	}
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.readers, ch)
		close(ch)
	})
	return ch
}

func (m *Monitor) last() (Node, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.latest, m.sampled
}

func (m *Monitor) publish(n Node) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sampled && n.CheckedAt.Before(m.latest.CheckedAt) {
		return
	}
	m.latest, m.sampled = n, true
	for ch := range m.readers {
		select {
		case <-ch: // what the reader has not taken is old now
		default:
		}
		ch <- n
	}
}

// sample asks all probes at the same time and puts the answers into a tree. It
// goes on while the application shuts down: what is cut short would look ill.
func (m *Monitor) sample() Node {
	m.sampling.Lock()
	defer m.sampling.Unlock()

	ctx := context.Background()
	began := time.Now()
	components := make([]Node, len(m.probes))
	var host Node
	var wg sync.WaitGroup
	for i, p := range m.probes {
		wg.Go(func() { components[i] = p.run(ctx, checkTimeout) })
	}
	wg.Go(func() { host = m.host.run(ctx, checkTimeout) })
	wg.Wait()

	now := time.Now()
	took := milliseconds(now.Sub(began))
	root := Node{
		Name: "application", Status: Healthy, LatencyMS: took, CheckedAt: now,
		Children: []Node{
			{Name: "components", Status: Healthy, LatencyMS: took, CheckedAt: now, Children: components},
			host,
		},
	}
	return root.settled(m.hide)
}
