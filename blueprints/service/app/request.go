package app

import (
	"context"
	"sync/atomic"
)

// request is the context of a request, with what the kernel knows of that.
type request struct {
	context.Context
	id          string
	unavailable atomic.Bool
}

type requestKey struct{}

// WithRequest returns a context for a request with that id, which the lines of
// the log carry.
func WithRequest(ctx context.Context, id string) context.Context {
	return &request{Context: ctx, id: id}
}

// Value returns what belongs to the request itself, or to the context around it.
func (r *request) Value(key any) any {
	if key == (requestKey{}) {
		return r
	}
	return r.Context.Value(key)
}

// requestOf returns nil for a context of anything else.
func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// NoteUnavailable notes that something which the application depends on could not
// do its part for ctx: the server is down, the disk is full. If that makes the
// request fail, its client learns that it may try again later. Components call it
// where they see such an error, and return the error all the same.
func NoteUnavailable(ctx context.Context) {
	if r := requestOf(ctx); r != nil {
		r.unavailable.Store(true)
	}
}

// Unavailable says whether that was noted for the request of ctx.
func Unavailable(ctx context.Context) bool {
	r := requestOf(ctx)
	return r != nil && r.unavailable.Load()
}
