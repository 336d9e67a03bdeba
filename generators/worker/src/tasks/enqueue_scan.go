package tasks

import "context"

// EnqueueScan does the task enqueue_scan.
// It may be done more than once. What it returns is kept as the result; an error
// means another try. ctx ends with the timeout, when the task is canceled, and when
// the process has to stop.
func (t *Tasks) EnqueueScan(ctx context.Context, p EnqueueScanPayload) (any, error) {
	t.log.InfoContext(ctx, "nothing to do yet", "task", "enqueue_scan", "payload", p)
	return nil, nil
}
