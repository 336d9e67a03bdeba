package cache

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Keys of a session's values that are ours.
const (
	subjectKey = "_subject"
	createdKey = "_created"
)

// Sessions remember visitors from one request to the next. Handlers behind
// LoadAndSave put values into the session of their request, get them back and
// remove them with the methods of the manager, such as Put and GetString.
//
// The cookie holds a random token, of which only a hash is kept. A session ends
// when nobody uses it for a while, and after a time in any case.
type Sessions struct {
	*scs.SessionManager

	store SessionStore
}

// Session is one that somebody signed in to.
type Session struct {
	// ID names the session. It is not the token: nobody can use it to get in.
	ID      string
	Subject string
	Created time.Time
	Seen    time.Time // when it was last used
	Expires time.Time // however much it is used
}

// SessionStore keeps sessions.
type SessionStore interface {
	// Find returns the data of the session, nil if there is none, and notes that
	// it is in use: it lives for idle from now on, if it does not expire sooner.
	Find(ctx context.Context, id string, idle time.Duration) ([]byte, error)
	// Save keeps the session and its data for idle, or until it expires if that
	// is sooner. One that must be there already is not kept if it is not.
	Save(ctx context.Context, s Session, data []byte, idle time.Duration, mustExist bool) error
	// Delete ends the session.
	Delete(ctx context.Context, id string) error
	// List returns the sessions of the subject.
	List(ctx context.Context, subject string) ([]Session, error)
}

func (c *Component) newSessions() *Sessions {
	m := scs.New()
	m.Lifetime = c.config.SessionLifetime
	m.HashTokenInStore = true
	m.Codec = sessionCodec{scs.GobCodec{}}
	m.Cookie.Name = c.app.Name + "_sid"
	m.Cookie.SameSite = http.SameSiteLaxMode
	if c.app.Env == app.Production {
		m.Cookie.Secure = true
		m.Cookie.Name = "__Host-" + m.Cookie.Name // browsers take it from this very host only
	}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		c.log.ErrorContext(r.Context(), "sessions are not available", "error", err)
		c.counts.errors.Add(1)
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"title":"Service Unavailable","status":503,"detail":"sessions are not available; try again later"}` + "\n"))
	}
	s := &Sessions{SessionManager: m, store: c.store.Sessions()}
	m.Store = &sessionAdapter{store: s.store, idle: c.config.SessionIdle}
	return s
}

// LoadAndSave gives each request its session.
func (s *Sessions) LoadAndSave(next http.Handler) http.Handler {
	managed := s.SessionManager.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		managed.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, &visit{})))
	})
}

// SignIn makes the session that of the subject. It gets another token, so that
// one which somebody has planted before is worth nothing. Call RenewToken for
// the same when a subject gains rights later on.
func (s *Sessions) SignIn(ctx context.Context, subject string) error {
	if err := s.RenewToken(ctx); err != nil {
		return err
	}
	s.Put(ctx, subjectKey, subject)
	s.Put(ctx, createdKey, time.Now().UnixMilli())
	return nil
}

// SignOut ends the session.
func (s *Sessions) SignOut(ctx context.Context) error { return s.Destroy(ctx) }

// Subject returns who the session of ctx is signed in as, "" if nobody.
func (s *Sessions) Subject(ctx context.Context) string { return s.GetString(ctx, subjectKey) }

// List returns the sessions of the subject, the last used one first.
func (s *Sessions) List(ctx context.Context, subject string) ([]Session, error) {
	list, err := s.store.List(ctx, subject)
	slices.SortFunc(list, func(a, b Session) int { return b.Seen.Compare(a.Seen) })
	return list, err
}

// Revoke ends a session of the subject, and does nothing if it has none with
// that id. A request under way does not bring it back.
func (s *Sessions) Revoke(ctx context.Context, subject, id string) error {
	return s.revoke(ctx, subject, func(one Session) bool { return one.ID == id })
}

// RevokeAll ends all sessions of the subject, such as when the password changes.
func (s *Sessions) RevokeAll(ctx context.Context, subject string) error {
	return s.revoke(ctx, subject, func(Session) bool { return true })
}

func (s *Sessions) revoke(ctx context.Context, subject string, which func(Session) bool) error {
	list, err := s.store.List(ctx, subject)
	if err != nil {
		return err
	}
	for _, one := range list {
		if !which(one) {
			continue
		}
		if err := s.store.Delete(ctx, one.ID); err != nil {
			return err
		}
	}
	return nil
}
