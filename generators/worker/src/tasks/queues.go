package tasks

import "context"

// QueuesTask does the task queues.
// It may be done more than once. What it returns is kept as the result; an error
// means another try. ctx ends with the timeout, when the task is canceled, and when
// the process has to stop.
func (t *Tasks) QueuesTask(ctx context.Context, p Queues) (any, error) {
	t.log.InfoContext(ctx, "nothing to do yet", "task", "queues", "payload", p)
	return nil, nil
}
