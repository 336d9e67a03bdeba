// Package backendtest says what every worker.Backend does, and tries it.
package backendtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Store is an empty store for a test.
type Store struct {
	// Backend returns another backend on the store, as another process has it.
	Backend func() worker.Backend
	// Expire makes it so that what is in progress counts as left by a process that
	// died.
	Expire func()
}

// patience is how long anything may take that is waited for: a task whose handing out
// nobody learned of is given back after more than half a minute.
const patience = time.Minute

// Run tries the backends of the stores that open returns.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		do   func(b *bench)
	}{
		{"Complete", testComplete},
		{"Delayed", testDelayed},
		{"Order", testOrder},
		{"Unique", testUnique},
		{"RetryUntilDead", testRetryUntilDead},
		{"RetryThenComplete", testRetryThenComplete},
		{"ErrDead", testErrDead},
		{"RequeueDead", testRequeueDead},
		{"CancelWaiting", testCancelWaiting},
		{"CancelRunning", testCancelRunning},
		{"CancelFailing", testCancelFailing},
		{"Progress", testProgress},
		{"UnknownID", testUnknownID},
		{"States", testStates},
		{"List", testList},
		{"Figures", testFigures},
		{"Concurrency", testConcurrency},
		{"StopTakesNoMore", testStopTakesNoMore},
		{"ShutdownWaits", testShutdownWaits},
		{"ShutdownGivesBack", testShutdownGivesBack},
		{"TwoShareTheLoad", testTwoShareTheLoad},
		{"LostProcess", testLostProcess},
		{"DeadWithItsProcess", testDeadWithItsProcess},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			test.do(&bench{Store: store, Backend: store.Backend(), t: t})
		})
	}
}

// bench is a backend and what tests do with it.
type bench struct {
	Store
	worker.Backend
	t *testing.T
}

var ids atomic.Int64

// add enqueues a task and returns its id.
func (b *bench) add(change func(*worker.NewTask)) string {
	b.t.Helper()
	n := worker.NewTask{
		ID:   fmt.Sprintf("%012x%08x", time.Now().UnixMilli(), ids.Add(1)),
		Name: "greet", Queue: "default", Payload: json.RawMessage(`{"to":"you"}`),
		Retries: 3, Timeout: time.Minute, Retention: time.Hour,
	}
	if change != nil {
		change(&n)
	}
	if err := b.Enqueue(b.t.Context(), n); err != nil {
		b.t.Fatalf("enqueue: %v", err)
	}
	return n.ID
}

var defaultQueue = worker.Queue{Name: "default", Concurrency: 4, Priority: 1}

// work begins to work with a backend until the test ends.
func (b *bench) work(backend worker.Backend, handle worker.Handle, queues ...worker.Queue) worker.Server {
	b.t.Helper()
	if queues == nil {
		queues = []worker.Queue{defaultQueue}
	}
	s, err := backend.Start(queues, handle)
	if err != nil {
		b.t.Fatalf("start: %v", err)
	}
	b.t.Cleanup(func() { b.shutdown(s) })
	return s
}

// shutdown ends the work at once. It does no harm to do it twice.
func (b *bench) shutdown(s worker.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	s.Stop()
	_ = s.Shutdown(ctx)
}

// get returns a task that must be there.
func (b *bench) get(id string) worker.Task {
	b.t.Helper()
	t, err := b.Get(b.t.Context(), id)
	if err != nil {
		b.t.Fatalf("get: %v", err)
	}
	return t
}

// await waits until the task is in that state.
func (b *bench) await(id string, state worker.State) worker.Task {
	b.t.Helper()
	var t worker.Task
	eventually(b.t, func() string {
		if t = b.get(id); t.State == state {
			return ""
		}
		return fmt.Sprintf("the task is %s with error %q, want %s", t.State, t.Error, state)
	})
	return t
}

// eventually waits until check finds nothing wrong.
func eventually(t *testing.T, check func() string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		wrong := check()
		if wrong == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(wrong)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func nothing(context.Context, worker.Task) (json.RawMessage, error) { return nil, nil }
