package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Get returns a task.
func (b *Backend) Get(ctx context.Context, id string) (worker.Task, error) {
	info, err := b.find(ctx, id)
	if err != nil {
		return worker.Task{}, err
	}
	return viewOf(info, b.lost(ctx, info.Queue, id)), nil
}

// find looks for a task in all queues.
func (b *Backend) find(ctx context.Context, id string) (*asynq.TaskInfo, error) {
	queues, err := b.redis.SMembers(ctx, allQueues).Result()
	if err != nil {
		return nil, fmt.Errorf("list the queues: %w", err)
	}
	pipe := b.redis.Pipeline()
	found := make([]*goredis.IntCmd, len(queues))
	for i, queue := range queues {
		found[i] = pipe.Exists(ctx, taskKey(queue, id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("look for a task: %w", err)
	}
	for i, queue := range queues {
		if found[i].Val() == 0 {
			continue
		}
		info, err := b.inspector.GetTaskInfo(queue, id)
		return info, b.state(ctx, err)
	}
	return nil, worker.ErrNotFound
}

// lost is how many processes have died with the task.
func (b *Backend) lost(ctx context.Context, queue, id string) int {
	n, err := b.redis.HGet(ctx, taskKey(queue, id), "lost").Int()
	if err != nil {
		return 0 // none has, or it is not to be known
	}
	return n
}

// state gives the library's errors our names. It does not get a context, and so
// could not say that the server is in trouble.
func (b *Backend) state(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, asynq.ErrTaskNotFound), errors.Is(err, asynq.ErrQueueNotFound):
		return worker.ErrNotFound
	case strings.Contains(err.Error(), "FAILED_PRECONDITION"): // it has no value for that
		return worker.ErrState
	default:
		app.NoteUnavailable(ctx)
		return err
	}
}

var states = map[asynq.TaskState]worker.State{
	asynq.TaskStateScheduled: worker.Scheduled,
	asynq.TaskStatePending:   worker.Pending,
	asynq.TaskStateActive:    worker.Active,
	asynq.TaskStateRetry:     worker.Retrying,
	asynq.TaskStateCompleted: worker.Completed,
	asynq.TaskStateArchived:  worker.Dead,
}

// viewOf returns what is known of a task with which so many processes have died.
func viewOf(info *asynq.TaskInfo, lost int) worker.Task {
	h, payload := cutHeader(info.Payload)
	r := parseRecord(info.Result)
	t := worker.Task{
		ID: info.ID, Name: info.Type, Queue: info.Queue, State: states[info.State], Payload: payload, Result: r.Result,
		Error: info.LastErr, Attempts: info.Retried + lost, Retries: h.Retries, Timeout: time.Duration(h.Timeout) * time.Millisecond,
		Progress: r.Progress, Enqueued: time.UnixMilli(h.Enqueued), Due: time.UnixMilli(h.Due), Started: moment(r.Started),
	}
	if r.Error != "" {
		t.Error = r.Error
	}
	switch t.State {
	case worker.Scheduled, worker.Retrying:
		t.Due = info.NextProcessAt
	case worker.Active:
		t.Attempts++
	case worker.Completed:
		if r.Canceled {
			t.State = worker.Canceled
		}
		if r.Started != 0 {
			t.Attempts++
		}
		t.Ended = ended(r.Ended, info.CompletedAt)
	case worker.Dead:
		if r.Error == "" { // else the last try is among the lost
			t.Attempts++
		}
		t.Ended = ended(r.Ended, info.LastFailedAt)
	case worker.Pending, worker.Canceled:
	}
	return t
}

func moment(milliseconds int64) *time.Time {
	if milliseconds == 0 {
		return nil
	}
	t := time.UnixMilli(milliseconds)
	return &t
}

// ended is when the record says, or the library, to the second.
func ended(milliseconds int64, otherwise time.Time) *time.Time {
	if milliseconds != 0 {
		return moment(milliseconds)
	}
	return &otherwise
}

// kinds are where the library has the tasks of each state. It has the canceled
// ones among the completed ones.
var kinds = map[worker.State]string{
	worker.Scheduled: "scheduled",
	worker.Pending:   "pending",
	worker.Active:    "active",
	worker.Retrying:  "retry",
	worker.Completed: "completed",
	worker.Canceled:  "completed",
	worker.Dead:      "archived",
}

// listed is how many tasks of a state in a queue are looked through.
const listed = 10_000

// List returns the tasks that the filter lets through.
func (b *Backend) List(ctx context.Context, f worker.Filter) ([]worker.Task, error) {
	places, err := b.places(ctx, f)
	if err != nil {
		return nil, err
	}
	tasks := []worker.Task{}
	skip := f.Offset
	for _, p := range places {
		if f.Limit > 0 && len(tasks) == f.Limit {
			break
		}
		info, err := b.inspector.GetTaskInfo(p.queue, p.id)
		if errors.Is(b.state(ctx, err), worker.ErrNotFound) {
			continue // it was deleted meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read the task %s: %w", p.id, err)
		}
		t := viewOf(info, b.lost(ctx, p.queue, p.id))
		if (f.Name != "" && t.Name != f.Name) || (f.State != "" && t.State != f.State) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

// place is where a task is.
type place struct{ queue, id string }

// places returns those of the tasks that f may let through, the newest first: a
// later one has a greater id.
func (b *Backend) places(ctx context.Context, f worker.Filter) ([]place, error) {
	queues := []string{f.Queue}
	if f.Queue == "" {
		var err error
		if queues, err = b.redis.SMembers(ctx, allQueues).Result(); err != nil {
			return nil, fmt.Errorf("list the queues: %w", err)
		}
	}
	wanted := []string{kinds[f.State]}
	if f.State == "" {
		wanted = []string{"scheduled", "pending", "active", "retry", "completed", "archived"}
	}
	pipe := b.redis.Pipeline()
	found := map[string][]*goredis.StringSliceCmd{}
	for _, queue := range queues {
		for _, kind := range wanted {
			if key := queueKey(queue, kind); kind == "pending" || kind == "active" {
				found[queue] = append(found[queue], pipe.LRange(ctx, key, 0, listed-1))
			} else {
				found[queue] = append(found[queue], pipe.ZRevRange(ctx, key, 0, listed-1))
			}
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	var places []place
	for queue, commands := range found {
		for _, command := range commands {
			for _, id := range command.Val() {
				places = append(places, place{queue, id})
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(b.id, a.id) })
	return slices.Compact(places), nil // one may have changed its state between two looks
}

// Retry makes a task due now.
func (b *Backend) Retry(ctx context.Context, id string) error {
	info, err := b.find(ctx, id)
	if err != nil {
		return err
	}
	if err := b.forgetAsked(ctx, id); err != nil {
		return fmt.Errorf("retry: %w", err)
	}
	return b.hasten(ctx, info.Queue, id, "scheduled", "retry", "archived")
}

// hasten makes a task due that is in one of these states, by the library's names.
func (b *Backend) hasten(ctx context.Context, queue, id string, states ...string) error {
	keys := keysOf(queue, id, append([]string{"pending"}, states...)...)
	arguments := []any{id, time.Now().UnixNano()}
	for _, state := range states {
		arguments = append(arguments, state)
	}
	outcome, err := hasten.Run(ctx, b.redis, keys, arguments...).Int()
	switch {
	case err != nil:
		return fmt.Errorf("make a task due: %w", err)
	case outcome == outcomeDone:
		return nil
	case outcome == outcomeMissing:
		return worker.ErrNotFound
	default:
		return worker.ErrState
	}
}

// keysOf returns the key of a task, and those of its queue.
func keysOf(queue, id string, kinds ...string) []string {
	keys := []string{taskKey(queue, id)}
	for _, kind := range kinds {
		keys = append(keys, queueKey(queue, kind))
	}
	return keys
}

// Cancel ends a task.
func (b *Backend) Cancel(ctx context.Context, id string) error {
	info, err := b.find(ctx, id)
	if err != nil {
		return err
	}
	now := time.Now()
	text, err := record{Ended: now.UnixMilli(), Canceled: true}.encode()
	if err != nil {
		return err
	}
	keys := keysOf(info.Queue, id, "pending", "scheduled", "retry", "completed")
	outcome, err := cancel.Run(ctx, b.redis, keys, id, now.Add(info.Retention).Unix(), string(text), now.UnixNano()).Int()
	if err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	switch outcome {
	case outcomeDone:
		return nil
	case outcomeActive:
		return b.askToCancel(ctx, id, now)
	case outcomeEnded:
		return worker.ErrState
	default:
		return worker.ErrNotFound
	}
}

// askToCancel lets the process know that works on the task.
func (b *Backend) askToCancel(ctx context.Context, id string, now time.Time) error {
	pipe := b.redis.Pipeline()
	pipe.ZRemRangeByScore(ctx, cancelKey, "-inf", strconv.FormatInt(now.Add(-askedFor).Unix(), 10))
	pipe.ZAdd(ctx, cancelKey, goredis.Z{Score: float64(now.Unix()), Member: id})
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	return nil
}

// asked says whether the task is to be canceled.
func (b *Backend) asked(ctx context.Context, id string) bool {
	return b.redis.ZScore(context.WithoutCancel(ctx), cancelKey, id).Err() == nil
}

// forgetAsked lets the task run again.
func (b *Backend) forgetAsked(ctx context.Context, id string) error {
	return b.redis.ZRem(context.WithoutCancel(ctx), cancelKey, id).Err()
}

// Delete forgets a task.
func (b *Backend) Delete(ctx context.Context, id string) error {
	info, err := b.find(ctx, id)
	if err != nil {
		return err
	}
	err = b.state(ctx, b.inspector.DeleteTask(info.Queue, id))
	if errors.Is(err, worker.ErrNotFound) {
		return nil // somebody else was faster, or the answer came the second time only
	}
	return err
}

// Report notes how far a task is that runs in this process.
func (b *Backend) Report(ctx context.Context, id string, p worker.Progress) error {
	r := b.running(id)
	if r == nil {
		return worker.ErrState
	}
	return b.write(ctx, r, func(rec *record) { rec.Progress = &p })
}
