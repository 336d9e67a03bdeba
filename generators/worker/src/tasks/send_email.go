package tasks

import "context"

// SendEmail does the task send_email: Sends an email to a customer.
// It may be done more than once. What it returns is kept as the result; an error
// means another try. ctx ends with the timeout, when the task is canceled, and when
// the process has to stop.
func (t *Tasks) SendEmail(ctx context.Context, p SendEmail) (any, error) {
	t.log.InfoContext(ctx, "nothing to do yet", "task", "send_email", "payload", p)
	return nil, nil
}
