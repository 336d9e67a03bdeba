package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// visitKey is that of the visit in the context of a request.
type visitKey struct{}

// visit knows the sessions that a request has found. Those must not be made
// again: somebody may have ended them while the request was under way.
type visit struct {
	mu    sync.Mutex
	found map[string]bool
}

func (v *visit) note(id string) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.found == nil {
		v.found = map[string]bool{}
	}
	v.found[id] = true
}

func (v *visit) has(id string) bool {
	if v == nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.found[id]
}

// sessionHead is what the store needs to know of a session's values.
type sessionHead struct {
	Subject string `json:"subject,omitempty"`
	Created int64  `json:"created,omitempty"` // Unix milliseconds
}

// sessionCodec puts the head in front of the values, on a line of its own.
type sessionCodec struct{ scs.Codec }

func (c sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	var head sessionHead
	head.Subject, _ = values[subjectKey].(string)
	head.Created, _ = values[createdKey].(int64)
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	rest, err := c.Codec.Encode(deadline, values)
	return append(append(line, '\n'), rest...), err
}

func (c sessionCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	_, rest, err := splitHead(data)
	if err != nil {
		return time.Time{}, nil, err
	}
	return c.Codec.Decode(rest)
}

func splitHead(data []byte) (head sessionHead, rest []byte, err error) {
	line, rest, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return head, nil, errors.New("cache: a session without a head")
	}
	return head, rest, json.Unmarshal(line, &head)
}

// sessionAdapter is the store as the session manager wants it. The tokens that it
// is given are hashes already.
type sessionAdapter struct {
	store SessionStore
	idle  time.Duration
}

var _ scs.CtxStore = (*sessionAdapter)(nil)

func (a *sessionAdapter) FindCtx(ctx context.Context, id string) ([]byte, bool, error) {
	data, err := a.store.Find(ctx, id, a.idle)
	if err != nil || data == nil {
		return nil, false, err
	}
	v, _ := ctx.Value(visitKey{}).(*visit)
	v.note(id)
	return data, true, nil
}

func (a *sessionAdapter) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	head, _, err := splitHead(data)
	if err != nil {
		return err
	}
	v, _ := ctx.Value(visitKey{}).(*visit)
	s := Session{ID: id, Subject: head.Subject, Created: time.UnixMilli(head.Created), Seen: time.Now(), Expires: expires}
	return a.store.Save(ctx, s, data, a.idle, v.has(id))
}

func (a *sessionAdapter) DeleteCtx(ctx context.Context, id string) error {
	return a.store.Delete(ctx, id)
}

// The manager calls none of these while there are those above.

func (a *sessionAdapter) Find(id string) ([]byte, bool, error) {
	return a.FindCtx(context.Background(), id)
}

func (a *sessionAdapter) Commit(id string, data []byte, expires time.Time) error {
	return a.CommitCtx(context.Background(), id, data, expires)
}

func (a *sessionAdapter) Delete(id string) error { return a.DeleteCtx(context.Background(), id) }
