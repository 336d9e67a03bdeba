package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

const (
	// pollInterval is the time between two looks into an empty queue, and
	// delayedInterval that between two for tasks that have become due.
	pollInterval    = 200 * time.Millisecond
	delayedInterval = 500 * time.Millisecond
	// shownAfter is how long a task runs before it is written down when it began:
	// most have ended by then, and say so with their result.
	shownAfter = 200 * time.Millisecond
	// patience is how long a task that has to stop may take for that.
	patience = 2 * time.Second
)

var (
	errCanceled = errors.New("the task was canceled")
	errStopping = errors.New("the process has to stop")
)

// server is a worker.Server: one server of the library for each queue, so that
// each has a concurrency of its own.
type server struct {
	backend *Backend
	queues  []worker.Queue
	servers []*asynq.Server
	handle  worker.Handle

	end     context.CancelFunc // of the caretaker
	care    sync.WaitGroup
	abandon chan struct{} // closed when what still runs is left alone

	mu       sync.Mutex
	stopping bool
	runs     map[*run]struct{}
	back     []*run // given back
}

// Start begins to work on queues.
func (b *Backend) Start(queues []worker.Queue, handle worker.Handle) (worker.Server, error) {
	s := &server{backend: b, queues: queues, handle: handle, abandon: make(chan struct{}), runs: map[*run]struct{}{}}
	// Before the library does: it would give back the tasks of dead processes
	// without counting how many have died with them.
	s.warn(context.Background(), s.reap(context.Background(), time.Now()))
	for _, q := range queues {
		s.servers = append(s.servers, asynq.NewServerFromRedisClient(b.redis, asynq.Config{
			Concurrency:              q.Concurrency,
			Queues:                   map[string]int{q.Name: 1},
			TaskCheckInterval:        pollInterval,
			DelayedTaskCheckInterval: delayedInterval,
			RetryDelayFunc:           delay,
			IsFailure:                counts,
			ShutdownTimeout:          forever,
			Logger:                   logger{b.log},
			LogLevel:                 asynq.WarnLevel,
		}))
	}
	for i, each := range s.servers {
		if err := each.Start(asynq.HandlerFunc(s.process)); err != nil {
			for _, started := range s.servers[:i] {
				started.Shutdown()
			}
			return nil, err
		}
	}
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	s.care.Go(func() { s.takeCare(ctx) })
	return s, nil
}

// counts says whether an error is the fault of the task.
func counts(err error) bool {
	return !errors.Is(err, errStopping) && !errors.Is(err, asynq.ErrLeaseExpired)
}

// delay is how long to wait after an error. The library cuts the moment that it
// comes to down to whole seconds, so that one more keeps the wait from being too
// short.
func delay(failures int, err error, _ *asynq.Task) time.Duration {
	if !counts(err) {
		return 0
	}
	return worker.Backoff(failures+1) + time.Second - time.Nanosecond
}

// dead is an error after which the library does not try again.
type dead struct{ error }

func (dead) Is(target error) bool { return target == asynq.SkipRetry }

func (d dead) Unwrap() error { return d.error }

// Stop takes no more tasks.
func (s *server) Stop() {
	var all sync.WaitGroup
	for _, each := range s.servers {
		all.Go(each.Stop)
	}
	all.Wait()
}

// Shutdown waits for the tasks in progress until ctx ends, and gives back the rest.
func (s *server) Shutdown(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var all sync.WaitGroup
		for _, each := range s.servers {
			all.Go(each.Shutdown)
		}
		all.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		s.interrupt()
		select {
		case <-ended:
		case <-time.After(patience):
			close(s.abandon)
			<-ended
		}
	}
	s.end()
	s.care.Wait()
	var errs []error
	for _, r := range s.back {
		// The library has it among those to be tried again, as of now. Somebody else
		// may have it by now, or it is dead.
		err := s.backend.hasten(context.WithoutCancel(ctx), r.task.Queue, r.task.ID, "retry")
		if err != nil && !errors.Is(err, worker.ErrState) && !errors.Is(err, worker.ErrNotFound) {
			errs = append(errs, fmt.Errorf("give back the task %s: %w", r.task.ID, err))
		}
	}
	return errors.Join(errs...)
}

// interrupt tells all tasks to stop, and those that are about to begin.
func (s *server) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for r := range s.runs {
		r.cancel(errStopping)
	}
}

// run is one try of a task.
type run struct {
	task   worker.Task
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	record record
	ended  bool
}

// write changes the record of a run and keeps it. It fails with worker.ErrState if
// the run has ended, or somebody else has the task by now.
func (b *Backend) write(ctx context.Context, r *run, change func(*record)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return worker.ErrState
	}
	change(&r.record)
	text, err := r.record.encode()
	if err != nil {
		return err
	}
	ctx, key := context.WithoutCancel(ctx), taskKey(r.task.Queue, r.task.ID)
	// By the wall clock: the other one stands still while a machine sleeps.
	now := time.Now().UnixMilli()
	if now-r.record.Started < b.trust.Milliseconds() {
		if err := b.redis.HSet(ctx, key, "result", text).Err(); err != nil {
			return fmt.Errorf("note what became of a task: %w", err)
		}
		return nil
	}
	kept, err := note.Run(ctx, b.redis, []string{key}, text, r.record.Started, now).Bool()
	switch {
	case err != nil:
		return fmt.Errorf("note what became of a task: %w", err)
	case !kept:
		return worker.ErrState
	default:
		return nil
	}
}

// finish is the last write.
func (b *Backend) finish(ctx context.Context, r *run, change func(*record)) error {
	defer func() {
		r.mu.Lock()
		r.ended = true
		r.mu.Unlock()
	}()
	return b.write(ctx, r, func(rec *record) {
		rec.Ended = time.Now().UnixMilli()
		change(rec)
	})
}

// process is called by the library for each task.
func (s *server) process(ctx context.Context, t *asynq.Task) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{task: taskOf(ctx, t), cancel: cancel}
	r.record.Started = r.task.Started.UnixMilli()
	s.enter(r)
	defer s.leave(r)
	shown := time.AfterFunc(shownAfter, func() {
		if err := s.backend.write(ctx, r, func(*record) {}); err != nil && !errors.Is(err, worker.ErrState) {
			s.backend.log.WarnContext(ctx, "could not note when a task began", "id", r.task.ID, "error", err)
		}
	})
	defer shown.Stop()

	result, err := s.perform(ctx, r)
	if err == nil {
		return s.backend.finish(ctx, r, func(rec *record) { rec.Result = result })
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStopping):
		s.giveBack(r)
		return errStopping
	case errors.Is(cause, errCanceled):
		return s.cancel(ctx, r)
	case errors.Is(err, worker.ErrDead), r.task.Attempts+s.backend.lost(ctx, r.task.Queue, r.task.ID) > r.task.Retries:
		err = dead{err}
	case s.backend.asked(ctx, r.task.ID): // it failed before it was told
		return s.cancel(ctx, r)
	}
	if failed := s.backend.finish(ctx, r, func(*record) {}); failed != nil {
		s.backend.log.WarnContext(ctx, "could not note when a task ended", "id", r.task.ID, "error", failed)
	}
	return err
}

// cancel ends a run that somebody wanted to end.
func (s *server) cancel(ctx context.Context, r *run) error {
	return errors.Join(s.backend.finish(ctx, r, func(rec *record) { rec.Canceled = true }), s.backend.forgetAsked(ctx, r.task.ID))
}

// perform calls handle, but does not wait for a task that does not stop when its
// process has to.
func (s *server) perform(ctx context.Context, r *run) (json.RawMessage, error) {
	type outcome struct {
		result json.RawMessage
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := s.handle(ctx, r.task)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-s.abandon:
		return nil, errStopping
	}
}

func (s *server) enter(r *run) {
	s.backend.mu.Lock()
	s.backend.runs[r.task.ID] = r
	s.backend.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[r] = struct{}{}
	if s.stopping {
		r.cancel(errStopping)
	}
}

func (s *server) leave(r *run) {
	s.mu.Lock()
	delete(s.runs, r)
	s.mu.Unlock()
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	if s.backend.runs[r.task.ID] == r {
		delete(s.backend.runs, r.task.ID)
	}
}

func (s *server) giveBack(r *run) {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.back = append(s.back, r)
}

// taskOf is what a handler is told of its task.
func taskOf(ctx context.Context, t *asynq.Task) worker.Task {
	h, payload := cutHeader(t.Payload())
	queue, _ := asynq.GetQueueName(ctx)
	failures, _ := asynq.GetRetryCount(ctx)
	now := time.Now()
	return worker.Task{
		ID: t.ResultWriter().TaskID(), Name: t.Type(), Queue: queue, State: worker.Active, Payload: payload,
		Attempts: failures + 1, Retries: h.Retries, Timeout: time.Duration(h.Timeout) * time.Millisecond,
		Enqueued: time.UnixMilli(h.Enqueued), Due: time.UnixMilli(h.Due), Started: &now,
	}
}
