package scheduler

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// memory is a Store of one process, which forgets everything with it.
type memory struct {
	clock func() time.Time

	mu        sync.Mutex
	jobs      map[string]Job
	runs      []Run // in the order in which they began
	instances map[string]Instance
}

var _ Store = (*memory)(nil)

// NewMemory returns a Store that lives in memory. clock is where it has the
// time from.
func NewMemory(clock func() time.Time) Store {
	return &memory{clock: clock, jobs: map[string]Job{}, instances: map[string]Instance{}}
}

func (m *memory) now() time.Time { return m.clock().UTC().Truncate(time.Millisecond) }

func (m *memory) Read(context.Context) (State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := State{Now: m.now()}
	for _, name := range slices.Sorted(maps.Keys(m.jobs)) {
		s.Jobs = append(s.Jobs, m.jobs[name])
	}
	for _, r := range m.runs {
		if r.Status == Running {
			s.Running = append(s.Running, r)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(m.instances)) {
		s.Instances = append(s.Instances, m.instances[id])
	}
	return s, nil
}

func (m *memory) Recent(_ context.Context, window time.Duration) (Recent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var recent Recent
	since := m.now().Add(-window)
	last := map[string]Run{}
	for _, r := range m.runs {
		last[r.Job] = r
		if r.Status != Running && r.Status != Succeeded && r.Finished.After(since) {
			recent.Failed++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		recent.Last = append(recent.Last, last[name])
	}
	return recent, nil
}

func (m *memory) Create(_ context.Context, job Job) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.jobs[job.Name]; !ok {
		m.jobs[job.Name] = job
	}
	return nil
}

func (m *memory) Apply(_ context.Context, change Change) (made, begun bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	job := change.Job
	if now, ok := m.jobs[job.Name]; !ok || now.Fence != job.Fence {
		return false, false, nil
	}
	if change.Lost != "" {
		lost := m.run(change.Lost)
		if lost == nil || lost.LeaseUntil.After(m.now()) {
			return false, false, nil
		}
		lost.Status, lost.Finished, lost.Error = Lost, m.now(), LostText
	}
	job.Fence++
	m.jobs[job.Name] = job
	return true, change.Begin != nil && m.begin(*change.Begin, change.Lease), nil
}

// begin says whether the run has not begun before.
func (m *memory) begin(r Run, lease time.Duration) bool {
	if slices.ContainsFunc(m.runs, func(o Run) bool {
		return o.Job == r.Job && o.Kind == r.Kind && o.Scheduled.Equal(r.Scheduled) && o.Attempt == r.Attempt
	}) {
		return false
	}
	r.Status, r.Started, r.LeaseUntil = Running, m.now(), m.now().Add(lease)
	m.runs = append(m.runs, r)
	return true
}

// run returns the run that goes on under id, nil if there is none.
func (m *memory) run(id string) *Run {
	for i := range m.runs {
		if m.runs[i].ID == id && m.runs[i].Status == Running {
			return &m.runs[i]
		}
	}
	return nil
}

func (m *memory) Renew(_ context.Context, run, owner string, lease time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.run(run)
	if r == nil || r.Owner != owner {
		return ErrLost
	}
	r.LeaseUntil = m.now().Add(lease)
	return nil
}

func (m *memory) Finish(_ context.Context, run, owner string, end End) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.run(run)
	if r == nil || r.Owner != owner {
		return ErrLost
	}
	r.Status, r.Error, r.Finished = end.Status, end.Error, m.now()
	return nil
}

func (m *memory) Runs(_ context.Context, job string, limit int) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	runs := []Run{}
	for _, r := range slices.Backward(m.runs) {
		if len(runs) < limit && (job == "" || r.Job == job) {
			runs = append(runs, r)
		}
	}
	return runs, nil
}

func (m *memory) Prune(_ context.Context, keep int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := map[string]int{}
	kept := m.runs[:0:0]
	for _, r := range slices.Backward(m.runs) {
		if seen[r.Job]++; seen[r.Job] <= keep || r.Status == Running {
			kept = append(kept, r)
		}
	}
	slices.Reverse(kept)
	m.runs = kept
	return nil
}

func (m *memory) Beat(_ context.Context, instance Instance) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	instance.Seen = m.now()
	instance.Started = cmp.Or(m.instances[instance.ID].Started, instance.Seen)
	m.instances[instance.ID] = instance
	maps.DeleteFunc(m.instances, func(_ string, i Instance) bool { return instance.Seen.Sub(i.Seen) > recently })
	return nil
}
