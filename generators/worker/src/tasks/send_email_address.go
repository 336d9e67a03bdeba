package tasks

import "context"

// SendEmailAddress does the task send_email_address.
// It may be done more than once. What it returns is kept as the result; an error
// means another try. ctx ends with the timeout, when the task is canceled, and when
// the process has to stop.
func (t *Tasks) SendEmailAddress(ctx context.Context, p SendEmailAddressPayload) (any, error) {
	t.log.InfoContext(ctx, "nothing to do yet", "task", "send_email_address", "payload", p)
	return nil, nil
}
