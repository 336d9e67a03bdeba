package rbac

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aegis-stack/aegis/generators/auth/src"
)

// give gives the user a role, as r asks for; without r a command does.
func (c *Component) give(ctx context.Context, r *http.Request, userID, role string) error {
	if err := c.policy.Known(role); err != nil {
		return err
	}
	return c.change(ctx, r, userID, role, true)
}

// take takes a role away from the user, whether it is still declared or not.
func (c *Component) take(ctx context.Context, r *http.Request, userID, role string) error {
	return c.change(ctx, r, userID, role, false)
}

func (c *Component) change(ctx context.Context, r *http.Request, userID, role string, give bool) error {
	if err := c.mayChange(ctx, r, role); err != nil {
		return err
	}
	if role == AdminRole {
		return c.users.SetAdmin(ctx, r, userID, give)
	}
	if _, err := c.users.Get(ctx, userID); err != nil {
		return err
	}
	write, event := c.store.remove, "role taken away"
	if give {
		write, event = c.store.add, "role given"
	}
	changed, err := write(ctx, userID, role)
	if err == nil && changed {
		c.users.Record(ctx, r, userID, event, role)
	}
	return err
}

// mayChange refuses those who would give or take more than they have. Otherwise
// whoever may give roles could have any, by way of an account of their own.
func (c *Component) mayChange(ctx context.Context, r *http.Request, role string) error {
	if r == nil {
		return nil
	}
	own, err := c.rights(ctx)
	if err == nil && !c.policy.Covers(own, role) {
		return auth.Refusal(http.StatusForbidden, fmt.Sprintf("the role %q lets people do more than you may", role))
	}
	return err
}
