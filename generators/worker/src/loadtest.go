package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

// loadTestTask does nothing. Its name is none that a declared task can have, and so
// is that of the queue in which the command works on it itself.
const (
	loadTestTask  = "load-test"
	loadTestQueue = "load-test"
)

// enqueuers is how many tasks the load test enqueues at once.
const enqueuers = 8

// loadTest is what the flags of the command ask.
type loadTest struct {
	c           *Component
	tasks       int
	concurrency int
	elsewhere   bool
	timeout     time.Duration

	ended atomic.Int64
}

func (c *Component) loadTestCommand() *cobra.Command {
	l := &loadTest{c: c}
	cmd := &cobra.Command{
		Use:   "load-test",
		Short: "Measure how fast tasks go through the queues",
		Long: "Measure how fast tasks go through the queues: enqueue tasks that do nothing, and\n" +
			"say how many there were in a second and how long they took from one end to the other.\n\n" +
			"The command works on them itself, in a queue of its own. With --elsewhere it leaves\n" +
			"that to the workers that run, in the queue \"" + DefaultQueue + "\".",
		Args: cobra.NoArgs,
		RunE: c.opened(func(cmd *cobra.Command, _ []string) error { return l.run(cmd) }),
	}
	cmd.Flags().IntVarP(&l.tasks, "tasks", "n", 10_000, "how many tasks")
	cmd.Flags().IntVar(&l.concurrency, "concurrency", 20, "how many of them at once")
	cmd.Flags().BoolVar(&l.elsewhere, "elsewhere", false, "let the workers do it that run")
	cmd.Flags().DurationVar(&l.timeout, "timeout", 5*time.Minute, "when to give up")
	return cmd
}

// measured is what came out.
type measured struct {
	enqueued, worked time.Duration   // from the first to the last
	latencies        []time.Duration // from being enqueued to having ended, of each
}

func (l *loadTest) run(cmd *cobra.Command) error {
	if l.tasks < 1 || l.concurrency < 1 {
		return errors.New("want at least one task, and one at once")
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), l.timeout)
	defer cancel()
	stop := drawProgress(cmd.ErrOrStderr(), l.tasks, &l.ended)
	work := l.here
	if l.elsewhere {
		work = l.there
	}
	m, err := work(ctx)
	stop()
	if err != nil {
		return err
	}
	p := percentiles(m.latencies, 50, 95, 99)
	rate := func(d time.Duration) float64 { return float64(l.tasks) / d.Seconds() }
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d tasks in %s\nenqueued   %.0f/s\ndone       %.0f/s\nlatency    p50 %s  p95 %s  p99 %s\n",
		l.tasks, m.worked.Round(time.Millisecond), rate(m.enqueued), rate(m.worked), took(p[0]), took(p[1]), took(p[2]))
	return err
}

// here works on the tasks in this process.
func (l *loadTest) here(ctx context.Context) (m measured, err error) {
	var mu sync.Mutex
	all := make(chan struct{})
	queue := Queue{Name: loadTestQueue, Concurrency: l.concurrency, Priority: 1}
	began := time.Now()
	server, err := l.c.backend.Start([]Queue{queue}, func(_ context.Context, t Task) (json.RawMessage, error) {
		mu.Lock()
		defer mu.Unlock()
		// What an earlier load test left behind does not count.
		if t.Enqueued.Before(began.Truncate(time.Millisecond)) || len(m.latencies) == l.tasks {
			return nil, nil
		}
		m.latencies = append(m.latencies, max(0, time.Since(t.Enqueued)))
		l.ended.Add(1)
		if len(m.latencies) == l.tasks {
			m.worked = time.Since(began)
			close(all)
		}
		return nil, nil
	})
	if err != nil {
		return m, fmt.Errorf("begin to work: %w", err)
	}
	defer func() { err = errors.Join(err, server.Shutdown(context.WithoutCancel(ctx))) }()
	if _, err := l.enqueue(ctx, loadTestQueue); err != nil {
		return m, err
	}
	m.enqueued = time.Since(began)
	select {
	case <-all:
		return m, nil
	case <-ctx.Done():
		return m, fmt.Errorf("%d of %d tasks were done in time", l.ended.Load(), l.tasks)
	}
}

// there waits for what other processes do.
func (l *loadTest) there(ctx context.Context) (m measured, err error) {
	processes, err := l.c.backend.Processes(ctx)
	if err != nil {
		return m, err
	}
	if len(processes) == 0 {
		return m, errors.New("no worker runs: start one, or leave out --elsewhere")
	}
	began := time.Now()
	ids, err := l.enqueue(ctx, DefaultQueue)
	if err != nil {
		return m, err
	}
	m.enqueued = time.Since(began)
	last := began
	for _, id := range ids {
		t, err := l.await(ctx, id)
		if err != nil {
			return m, err
		}
		m.latencies = append(m.latencies, max(0, t.Ended.Sub(t.Enqueued)))
		if t.Ended.After(last) {
			last = *t.Ended
		}
		l.ended.Add(1)
	}
	m.worked = last.Sub(began)
	return m, nil
}

// await returns the task once it has ended.
func (l *loadTest) await(ctx context.Context, id string) (Task, error) {
	for {
		t, err := l.c.backend.Get(ctx, id)
		if err != nil || t.Ended != nil {
			return t, err
		}
		select {
		case <-ctx.Done():
			return t, fmt.Errorf("%d of %d tasks were done in time", l.ended.Load(), l.tasks)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// enqueue adds all tasks, several at once, and returns their ids.
func (l *loadTest) enqueue(ctx context.Context, queue string) ([]string, error) {
	ids := make([]string, l.tasks)
	errs := make([]error, enqueuers)
	var next atomic.Int64
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= l.tasks || errs[i] != nil {
					return
				}
				ids[n] = newID(time.Now())
				errs[i] = l.c.backend.Enqueue(ctx, NewTask{
					ID: ids[n], Name: loadTestTask, Queue: queue, Payload: json.RawMessage("{}"),
					Timeout: time.Minute, Retention: l.timeout,
				})
			}
		})
	}
	all.Wait()
	return ids, errors.Join(errs...)
}

// drawProgress shows on a terminal how many of all have been done, until stop is
// called. Anywhere else it shows nothing.
func drawProgress(w io.Writer, all int, done *atomic.Int64) (stop func()) {
	if !isTerminal(w) {
		return func() {}
	}
	const width = 40
	draw := func() {
		n := min(int(done.Load()), all)
		full := n * width / all
		_, _ = fmt.Fprintf(w, "\r[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(".", width-full), n, all)
	}
	end := make(chan struct{})
	var drawn sync.WaitGroup
	drawn.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			draw()
			select {
			case <-end:
				draw()
				_, _ = fmt.Fprintln(w)
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		close(end)
		drawn.Wait()
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
