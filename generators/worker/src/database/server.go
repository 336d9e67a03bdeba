package database

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

const (
	// lease is how long a task is left alone whose process is not heard of.
	lease = 12 * time.Second
	// beatInterval is the time between two renewals.
	beatInterval = 2 * time.Second
	// firstPoll and longestPoll are the times between two looks for tasks that other
	// processes have enqueued, or that have become due.
	firstPoll   = 50 * time.Millisecond
	longestPoll = time.Second
	// patience is how long a task that has to stop may take for that.
	patience = 2 * time.Second
	// lastWords is how long the database may take when the work ends.
	lastWords = 5 * time.Second
)

var (
	errCanceled = errors.New("the task was canceled")
	errStopping = errors.New("the process has to stop")
	errLost     = errors.New("another process has the task by now")
)

// server is a worker.Server.
type server struct {
	backend *Backend
	id      string // of this process, among those that work
	queues  []worker.Queue
	handle  worker.Handle

	stop    context.CancelFunc // ends the taking
	end     context.CancelFunc // ends the rest
	taking  sync.WaitGroup
	rest    sync.WaitGroup
	working sync.WaitGroup // the runs
	ended   *mailbox
	once    sync.Once // for Shutdown

	mu      sync.Mutex
	runs    map[*run]struct{}
	busy    map[string]int // runs by queue
	freed   chan struct{}  // has a value when a run has ended
	renewed time.Time      // when all leases were, by the clock of this process
}

// run is one try of a task.
type run struct {
	task   worker.Task
	fence  int64
	cancel context.CancelCauseFunc
}

// Start begins to work on queues.
func (b *Backend) Start(queues []worker.Queue, handle worker.Handle) (worker.Server, error) {
	s := &server{
		backend: b, id: newProcessID(), handle: handle,
		queues: slices.Clone(queues), ended: newMailbox(),
		runs: map[*run]struct{}{}, busy: map[string]int{}, freed: make(chan struct{}, 1), renewed: time.Now(),
	}
	slices.SortStableFunc(s.queues, func(a, b worker.Queue) int { return b.Priority - a.Priority })
	taking, stop := context.WithCancel(context.Background())
	rest, end := context.WithCancel(context.Background())
	s.stop, s.end = stop, end
	if err := s.appear(rest); err != nil {
		stop()
		end()
		return nil, fmt.Errorf("say that this process works: %w", err)
	}
	s.taking.Go(func() { s.take(taking) })
	s.rest.Go(func() { s.beat(rest) })
	s.rest.Go(func() { s.note(rest) })
	return s, nil
}

func newProcessID() string {
	return fmt.Sprintf("%s-%d-%s", hostname(), os.Getpid(), strings.ToLower(rand.Text()[:8]))
}

func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}

// take takes tasks as long as there are some, and waits for more.
func (s *server) take(ctx context.Context) {
	rung, deaf := s.backend.wake.listen()
	defer deaf()
	poll := firstPoll
	for ctx.Err() == nil {
		taken, err := s.takeDue(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.backend.log.WarnContext(ctx, "could not look for tasks", "error", err)
			poll = longestPoll
		case taken > 0:
			poll = firstPoll
		}
		timer := time.NewTimer(poll)
		select {
		case <-ctx.Done():
		case <-s.freed:
		case <-rung:
			poll = firstPoll
		case <-timer.C:
			poll = min(2*poll, longestPoll)
		}
		timer.Stop()
	}
}

// takeDue takes as many tasks as there is room for, and begins to work on them.
func (s *server) takeDue(ctx context.Context) (taken int, err error) {
	for _, q := range s.queues {
		room := s.room(q)
		if room == 0 || ctx.Err() != nil {
			continue
		}
		rows, err := s.claim(ctx, q.Name, room)
		if err != nil {
			return taken, err
		}
		taken += len(rows)
		for i := range rows {
			s.begin(&rows[i])
		}
	}
	return taken, nil
}

// room is how many tasks of the queue may begin.
func (s *server) room(q worker.Queue) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, q.Concurrency-s.busy[q.Name])
}

// claim takes tasks of the queue that are due, the oldest first. Once it is begun
// it is finished, as what it takes is taken, unless that takes as long as the lease.
func (s *server) claim(ctx context.Context, queue string, limit int) ([]taskRow, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.backend.lease)
	defer cancel()
	b := s.backend
	var rows []taskRow
	err := b.db.DB().NewRaw(`WITH due AS MATERIALIZED (
	SELECT id FROM worker_tasks WHERE state = ? AND queue = ? AND due_at <= ? ORDER BY due_at, id LIMIT ? ?
)
UPDATE worker_tasks
SET state = ?, owner = ?, fence = fence + 1, attempts = attempts + 1, progress = '', started_at = ?, lease_until = ? + ?
WHERE id IN (SELECT id FROM due) AND state = ?
RETURNING *`,
		waiting, queue, b.sql.now, limit, b.sql.skipLocked,
		worker.Active, s.id, b.sql.now, b.sql.now, b.lease.Milliseconds(), waiting,
	).Scan(ctx, &rows)
	slices.SortFunc(rows, func(a, b taskRow) int {
		if a.DueAt != b.DueAt {
			return int(a.DueAt - b.DueAt)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return rows, err
}

// begin works on a task in the background.
func (s *server) begin(row *taskRow) {
	ctx, cancel := context.WithCancelCause(context.Background())
	r := &run{task: row.task(time.Now()), fence: row.Fence, cancel: cancel}
	s.mu.Lock()
	s.runs[r] = struct{}{}
	s.busy[row.Queue]++
	s.mu.Unlock()
	s.backend.mu.Lock()
	s.backend.runs[row.ID] = r
	s.backend.mu.Unlock()
	s.working.Go(func() {
		defer cancel(nil)
		result, err := s.handle(ctx, r.task)
		if e := endingOf(r, result, err, context.Cause(ctx)); e != nil {
			s.ended.put(*e) // it leaves when that is noted
		} else {
			s.leave(r)
		}
	})
}

func (s *server) leave(r *run) {
	s.backend.mu.Lock()
	if s.backend.runs[r.task.ID] == r {
		delete(s.backend.runs, r.task.ID)
	}
	s.backend.mu.Unlock()
	s.mu.Lock()
	delete(s.runs, r)
	s.busy[r.task.Queue]--
	s.mu.Unlock()
	select {
	case s.freed <- struct{}{}:
	default: // the last one has not been seen yet
	}
}

// endingOf returns what becomes of a task, nil if somebody else decides that.
func endingOf(r *run, result json.RawMessage, err, cause error) *ending {
	e := &ending{run: r, state: string(worker.Completed), result: text(string(result))}
	if err == nil {
		return e
	}
	switch {
	case errors.Is(cause, errStopping), errors.Is(cause, errLost):
		return nil
	case errors.Is(cause, errCanceled):
		e.state = string(worker.Canceled)
		return e
	case errors.Is(err, worker.ErrDead), r.task.Attempts > r.task.Retries:
		e.state = string(worker.Dead)
	default:
		e.state, e.wait = waiting, worker.Backoff(r.task.Attempts)
	}
	e.err, e.failed = text(err.Error()), true
	return e
}

// Stop takes no more tasks.
func (s *server) Stop() {
	s.stop()
	s.taking.Wait()
}

// Shutdown waits for the tasks in progress until ctx ends, and gives back the rest.
func (s *server) Shutdown(ctx context.Context) error {
	s.Stop()
	var err error
	s.once.Do(func() { err = s.shutdown(ctx) })
	return err
}

func (s *server) shutdown(ctx context.Context) error {
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		s.working.Wait()
	}()
	select {
	case <-idle:
	case <-ctx.Done():
		s.interrupt(errStopping)
		select {
		case <-idle:
		case <-time.After(patience):
		}
	}
	s.end()
	s.rest.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	var errs []error
	if err := s.deliver(last); err != nil {
		errs = append(errs, fmt.Errorf("note what became of tasks: %w", err))
	}
	if err := s.giveBack(last); err != nil {
		errs = append(errs, fmt.Errorf("give back tasks: %w", err))
	}
	if err := s.disappear(last); err != nil {
		errs = append(errs, fmt.Errorf("say that this process does not work any more: %w", err))
	}
	return errors.Join(errs...)
}

// interrupt tells all tasks to stop.
func (s *server) interrupt(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.runs {
		r.cancel(cause)
	}
}
