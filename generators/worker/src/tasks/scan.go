package tasks

import "context"

// Scan does the task scan.
// It may be done more than once. What it returns is kept as the result; an error
// means another try. ctx ends with the timeout, when the task is canceled, and when
// the process has to stop.
func (t *Tasks) Scan(ctx context.Context, p Scan) (any, error) {
	t.log.InfoContext(ctx, "nothing to do yet", "task", "scan", "payload", p)
	return nil, nil
}
