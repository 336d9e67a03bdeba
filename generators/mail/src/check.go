package mail

import (
	"context"
	"errors"
	"sync"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// counts is what became of the messages of this process.
type counts struct {
	mu                    sync.Mutex
	sent, refused, failed int
	last                  error // of the server, nil once it works again
}

// add counts one message. That there is no such recipient says nothing of the
// server.
func (c *counts) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.sent++
		c.last = nil
	case errors.Is(err, ErrRecipient):
		c.refused++
		c.last = nil
	case errors.Is(err, context.Canceled):
		// Whoever asked for it went away.
	default:
		c.failed++
		c.last = err
	}
}

// Check reports what became of the messages since the start. The server is not
// asked: it would count that as abuse.
func (c *Component) Check(context.Context) health.Node {
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	server := "none, mail is kept here"
	if c.server != nil {
		server = c.server.addr()
	}
	n := health.Node{Status: health.Healthy, Figures: []health.Figure{
		{Name: "sent", Value: float64(c.counts.sent)},
		{Name: "refused", Value: float64(c.counts.refused)},
		{Name: "failed", Value: float64(c.counts.failed)},
		{Name: "server", Text: server},
	}}
	if c.counts.last != nil {
		n.Status = health.Warning
		n.Message = "the latest message could not be sent: " + c.counts.last.Error()
	}
	return n
}
