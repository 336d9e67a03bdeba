package auth

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// event is what happened to an account.
type event string

const (
	registered      event = "registered"
	verified        event = "address verified"
	signedIn        event = "signed in"
	signInFailed    event = "sign-in failed"
	codeFailed      event = "code failed"
	signedOut       event = "signed out"
	sessionsEnded   event = "sessions ended"
	tokenReused     event = "refresh token reused"
	resetAsked      event = "password reset asked for"
	passwordReset   event = "password reset"
	passwordChanged event = "password changed"
	profileChanged  event = "profile changed"
	addressAsked    event = "change of address asked for"
	addressChanged  event = "address changed"
	factorAdded     event = "second factor added"
	factorRemoved   event = "second factor removed"
	codeRecovered   event = "recovery code used"
	identityLinked  event = "provider linked"
	userCreated     event = "created"
	userDisabled    event = "disabled"
	userEnabled     event = "enabled"
	adminGranted    event = "made administrator"
	adminRevoked    event = "no administrator any more"
	userDeleted     event = "deleted"
)

// Event is an entry of the audit log.
type Event struct {
	At      time.Time
	Event   string
	User    string // identifier; empty: nobody that is known
	Actor   string // who did it to the user; empty: the user, or nobody that is known
	Address string // of the client
	Agent   string
	Detail  string
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
		ID: newID(), At: millisOf(c.now()), Event: what, UserID: userID,
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

// events returns the newest entries, of one user or of all.
func (s store) events(ctx context.Context, userID string, limit int) ([]Event, error) {
	var rows []eventRow
	query := s.db.Read().NewSelect().Model(&rows).Order("at DESC", "id").Limit(int64(limit))
	if userID != "" {
		query = query.Where("user_id = ?", userID)
	}
	err := query.Scan(ctx)
	list := make([]Event, len(rows))
	for i, r := range rows {
		list[i] = Event{r.At.time(), string(r.Event), r.UserID, r.ActorID, r.Address, r.Agent, r.Detail}
	}
	return list, err
}
