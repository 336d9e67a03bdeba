package auth

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src"
)

// event is what happened to an account.
type event string

const (
	registered       event = "registered"
	verified         event = "address verified"
	signedIn         event = "signed in"
	signInFailed     event = "sign-in failed"
	codeFailed       event = "code failed"
	signedOut        event = "signed out"
	sessionsEnded    event = "sessions ended"
	tokenReused      event = "refresh token reused"
	resetAsked       event = "password reset asked for"
	passwordReset    event = "password reset"
	passwordChanged  event = "password changed"
	profileChanged   event = "profile changed"
	addressAsked     event = "change of address asked for"
	addressChanged   event = "address changed"
	factorAdded      event = "second factor added"
	factorRemoved    event = "second factor removed"
	codeRecovered    event = "recovery code used"
	identityLinked   event = "provider linked"
	identityUnlinked event = "provider unlinked"
	userCreated      event = "created"
	userDisabled     event = "disabled"
	userEnabled      event = "enabled"
	adminGranted     event = "made administrator"
	adminRevoked     event = "no administrator any more"
	userDeleted      event = "deleted"
)

// Event is an entry of the audit log.
type Event struct {
	At      time.Time `json:"at"`
	Event   string    `json:"event"`
	User    string    `json:"user" doc:"Identifier; empty: nobody that is known"`
	Actor   string    `json:"actor" doc:"Who did it to the user; empty: the user, or nobody that is known"`
	Address string    `json:"address" doc:"Of the client"`
	Agent   string    `json:"agent" doc:"What the client called itself"`
	Detail  string    `json:"detail"`
}

type eventRow struct {
	bun.BaseModel `bun:"table:auth_audit,alias:e"`

	ID      string `bun:",pk"`
	At      millis
	Event   event
	UserID  string
	ActorID string
	Address string
	Agent   string
	Detail  string
}

// record notes what happened to the user, by whom and from where. That it could
// not be noted is in the log, and stops nobody.
func (c *Component) record(ctx context.Context, what event, userID string, from client, detail string) {
	row := &eventRow{
		ID: NewID(), At: millisOf(c.now()), Event: what, UserID: userID,
		Address: from.address, Agent: from.agent, Detail: detail,
	}
	if v, ok := ctx.Value(visitKey{}).(visit); ok && v.user.ID != userID {
		row.ActorID = v.user.ID
	}
	c.log.InfoContext(ctx, "account", "event", string(what), "user", userID, "address", from.address, "detail", detail)
	if _, err := c.store.db.DB().NewInsert().Model(row).Exec(context.WithoutCancel(ctx)); err != nil {
		c.log.ErrorContext(ctx, "could not write to the audit log", "event", string(what), "user", userID, "error", err)
	}
}

// events returns what happened to one user or, if userID is empty, to all, the
// latest first.
func (s store) events(ctx context.Context, userID string, page database.Page) (database.PageOf[Event], error) {
	query := s.db.Read().NewSelect().Model((*eventRow)(nil)).Order("at DESC", "id")
	if userID != "" {
		query = query.Where("user_id = ?", userID)
	}
	rows, err := database.List[eventRow](ctx, query, page)
	return pageOf(rows, func(r eventRow) Event {
		return Event{r.At.time(), string(r.Event), r.UserID, r.ActorID, r.Address, r.Agent, r.Detail}
	}), err
}

// pageOf is the page as to shows its items.
func pageOf[Row, T any](page database.PageOf[Row], to func(Row) T) database.PageOf[T] {
	items := make([]T, len(page.Items))
	for i, row := range page.Items {
		items[i] = to(row)
	}
	return database.PageOf[T]{Items: items, Total: page.Total, Limit: page.Limit, Offset: page.Offset}
}
