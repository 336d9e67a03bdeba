package worker

import (
	"context"
	"slices"
	"sync"
)

// gate shares the process among its queues: at most size tasks pass at once, and
// where several queues wait, each gets a share as large as its priority.
type gate struct {
	size int // 0 is no limit

	mu     sync.Mutex
	inside int
	now    float64 // what the lane that was served last had used before
	lanes  map[string]*lane
}

// lane is where the tasks of a queue wait, the oldest first.
type lane struct {
	priority int
	used     float64 // how many have passed, in proportion to the priority
	waiting  []chan struct{}
}

func newGate(size int, queues []Queue) *gate {
	g := &gate{size: size, lanes: map[string]*lane{}}
	for _, q := range queues {
		g.lanes[q.Name] = &lane{priority: q.Priority}
	}
	return g
}

// enter waits for its turn, or until ctx ends. Call leave when the task has ended.
func (g *gate) enter(ctx context.Context, queue string) (leave func(), err error) {
	if g.size == 0 {
		return func() {}, nil
	}
	g.mu.Lock()
	l := g.lane(queue)
	if len(l.waiting) == 0 {
		l.used = max(l.used, g.now) // what it did not need before is not made up for
	}
	if g.inside < g.size {
		g.admit(l)
		g.mu.Unlock()
		return g.leave, nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	g.mu.Unlock()

	select {
	case <-turn:
		return g.leave, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(l.waiting, turn); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	} else {
		g.next() // it was admitted meanwhile
	}
	return nil, context.Cause(ctx)
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next()
}

// next passes the place of one that is done to whoever has used the least.
func (g *gate) next() {
	g.inside--
	var least *lane
	for _, l := range g.lanes {
		if len(l.waiting) > 0 && (least == nil || l.next() < least.next()) {
			least = l
		}
	}
	if least == nil {
		return
	}
	turn := least.waiting[0]
	least.waiting = least.waiting[1:]
	g.admit(least)
	close(turn)
}

// next is what the lane will have used with one more.
func (l *lane) next() float64 { return l.used + 1/float64(l.priority) }

func (g *gate) admit(l *lane) {
	g.inside++
	g.now, l.used = l.used, l.next()
}

// lane returns that of the queue: of one that is not declared, a new one.
func (g *gate) lane(queue string) *lane {
	l := g.lanes[queue]
	if l == nil {
		l = &lane{priority: 1}
		g.lanes[queue] = l
	}
	return l
}
