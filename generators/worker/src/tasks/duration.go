package tasks

import "context"

// Duration does the task duration.
// It may be done more than once. What it returns is kept as the result; an error
// means another try. ctx ends with the timeout, when the task is canceled, and when
// the process has to stop.
func (t *Tasks) Duration(ctx context.Context, p Duration) (any, error) {
	t.log.InfoContext(ctx, "nothing to do yet", "task", "duration", "payload", p)
	return nil, nil
}
