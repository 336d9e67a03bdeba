package tasks

import "context"

// Context does the task context.
// It may be done more than once. What it returns is kept as the result; an error
// means another try. ctx ends with the timeout, when the task is canceled, and when
// the process has to stop.
func (t *Tasks) Context(ctx context.Context) (any, error) {
	t.log.InfoContext(ctx, "nothing to do yet", "task", "context")
	return nil, nil
}
