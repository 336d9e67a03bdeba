package scheduler

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

const (
	// poll is how often the store is looked at for what other processes did.
	poll = time.Second
	// beat is how often an instance says that it is there, and silence how long
	// it is believed.
	beat    = 3 * time.Second
	silence = 15 * time.Second
	// storeTimeout is how long the store may take.
	storeTimeout = 10 * time.Second
	// pruning is how often old runs are removed.
	pruning = time.Minute
)

// Run begins the jobs that are due until ctx ends or Drain is called. A store
// that fails is tried again.
func (c *Component) Run(ctx context.Context) error {
	c.loop(ctx)
	close(c.idle)
	<-ctx.Done()
	return nil
}

func (c *Component) loop(ctx context.Context) {
	l := looper{c: c}
	for {
		select {
		case <-c.stop:
			return // nothing begins any more
		default:
		}
		wait := l.turn(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.stop:
			timer.Stop()
			return
		case <-c.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// looper is the state of the loop.
type looper struct {
	c          *Component
	registered bool
	failing    bool
	beaten     time.Time
	pruned     time.Time
}

// turn does what there is to do and returns how long there is nothing more.
func (l *looper) turn(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	wait, err := l.work(ctx)
	if err != nil {
		if !l.failing {
			l.c.log.ErrorContext(ctx, "the store fails, no job begins", "error", err)
		}
		l.failing = true
		return poll
	}
	if l.failing {
		l.c.log.InfoContext(ctx, "the store works again")
		l.failing = false
	}
	return wait
}

func (l *looper) work(ctx context.Context) (time.Duration, error) {
	if !l.registered {
		if err := l.c.register(ctx); err != nil {
			return 0, err
		}
		l.registered = true
	}
	if time.Since(l.beaten) >= beat {
		if err := l.c.store.Beat(ctx, Instance{ID: l.c.id}); err != nil {
			return 0, fmt.Errorf("say that it is there: %w", err)
		}
		l.beaten = time.Now()
	}
	if time.Since(l.pruned) >= pruning {
		if err := l.c.store.Prune(ctx, l.c.config.History); err != nil {
			return 0, fmt.Errorf("remove old runs: %w", err)
		}
		l.pruned = time.Now()
	}
	return l.c.dispatch(ctx)
}

// dispatch makes the changes that are due. It returns when to look again.
func (c *Component) dispatch(ctx context.Context) (time.Duration, error) {
	read := time.Now()
	state, err := c.store.Read(ctx)
	if err != nil {
		return 0, fmt.Errorf("read jobs: %w", err)
	}
	wait, again := poll, false
	for i := range c.jobs {
		d := &c.jobs[i]
		job, ok := state.job(d.Name)
		if !ok {
			continue // somebody took it out; the next start brings it back
		}
		s := situation{now: state.Now, job: job, running: state.running(d.Name), times: d.timesOf(job), policy: d.Job}
		change, due := s.decide()
		if change == nil {
			if !due.IsZero() {
				wait = min(wait, due.Sub(state.Now))
			}
			continue
		}
		if err := c.make(ctx, d, change); err != nil {
			return 0, err
		}
		again = true // whoever was faster, there may be more to do
	}
	if again {
		return time.Millisecond, nil
	}
	return max(time.Millisecond, wait-time.Since(read)), nil
}

// make applies a change and begins its run.
func (c *Component) make(ctx context.Context, d *definition, change *Change) error {
	change.Lease = c.config.Lease
	if change.Begin != nil {
		change.Begin.ID, change.Begin.Owner = rand.Text(), c.id
	}
	asked := time.Now()
	made, begun, err := c.store.Apply(ctx, *change)
	if err != nil {
		return fmt.Errorf("change job %q: %w", d.Name, err)
	}
	if !made {
		return nil
	}
	if change.Lost != "" {
		c.log.WarnContext(ctx, "a run was lost", "job", d.Name, "run", change.Lost)
	}
	if begun {
		c.execute(ctx, d, *change.Begin, asked)
	}
	return nil
}

// look makes the loop look at the store at once.
func (c *Component) look() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
