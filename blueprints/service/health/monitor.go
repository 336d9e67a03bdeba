package health

import (
	"context"
	"slices"
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
	branches []branch
	host     *probe
	hide     redactor

	sampling chan struct{} // full while a sample is taken; who waits at a Mutex would hold up the clock of synctest

	mu      sync.Mutex
	latest  Node
	sampled bool
	readers map[chan Node]struct{}
}

// The branches of the tree: what the application runs on, and what it is about.
const (
	Components = "components"
	Services   = "services"
)

// branch is a part of the tree with probes.
type branch struct {
	name   string
	probes []*probe
}

// NewMonitor returns a Monitor that checks the machine it runs on and nothing
// else yet.
func NewMonitor() *Monitor {
	return &Monitor{
		interval: defaultInterval,
		branches: []branch{{name: Components}},
		host:     &probe{name: "system", check: host{started: time.Now()}.check},
		hide:     newRedactor(nil),
		sampling: make(chan struct{}, 1),
		readers:  map[chan Node]struct{}{},
	}
}

// SetInterval sets the time between two samples.
func (m *Monitor) SetInterval(d time.Duration) { m.interval = d }

// SetHost has check tell how the machine is, instead of what the operating system
// says: tests must not depend on how full somebody's disk is.
func (m *Monitor) SetHost(check func(context.Context) Node) { m.host.check = check }

// Conceal names values that must never appear in a message.
func (m *Monitor) Conceal(secrets ...string) { m.hide = newRedactor(secrets) }

// Add watches a component.
func (m *Monitor) Add(name string, check func(context.Context) Node) {
	m.AddTo(Components, name, check)
}

// AddTo watches something in a branch of the tree.
func (m *Monitor) AddTo(to, name string, check func(context.Context) Node) {
	i := slices.IndexFunc(m.branches, func(b branch) bool { return b.name == to })
	if i < 0 {
		i = len(m.branches)
		m.branches = append(m.branches, branch{name: to})
	}
	m.branches[i].probes = append(m.branches[i].probes, &probe{name: name, check: check})
}

// Run samples until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	m.Latest() // others may have asked for the first one
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		m.sampling <- struct{}{}
		m.publish(m.sample())
		<-m.sampling
	}
}

// Latest returns the newest sample. Only the very first caller may have to
// wait for one. The tree is shared: read it, do not change it.
func (m *Monitor) Latest() Node {
	if n, ok := m.last(); ok {
		return n
	}
	m.sampling <- struct{}{}
	defer func() { <-m.sampling }()
	if n, ok := m.last(); ok {
		return n // it was being taken
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
// Whoever calls it holds sampling.
func (m *Monitor) sample() Node {
	ctx := context.Background()
	began := time.Now()
	nodes := make([]Node, len(m.branches)+1) // the last one is the machine
	var wg sync.WaitGroup
	for i, b := range m.branches {
		nodes[i] = Node{Name: b.name, Status: Healthy, Children: make([]Node, len(b.probes))}
		for k, p := range b.probes {
			wg.Go(func() { nodes[i].Children[k] = p.run(ctx, checkTimeout) })
		}
	}
	wg.Go(func() { nodes[len(m.branches)] = m.host.run(ctx, checkTimeout) })
	wg.Wait()

	now := time.Now()
	took := Milliseconds(now.Sub(began))
	for i := range m.branches {
		nodes[i].LatencyMS, nodes[i].CheckedAt = took, now
	}
	root := Node{Name: "application", Status: Healthy, LatencyMS: took, CheckedAt: now, Children: nodes}
	return root.settled(m.hide)
}
