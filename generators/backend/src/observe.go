package backend

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// observe gives each request an id, logs and counts it, and turns a panic into
// an answer.
func (c *Component) observe(next http.Handler) http.Handler {
	ids := newIDs()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{ResponseWriter: w, began: time.Now(), server: c, encrypted: Encrypted(r)}
		x.id[0] = r.Header.Get("X-Request-Id")
		if !sane(x.id[0]) {
			x.id[0] = ids.next()
		}
		w.Header()["X-Request-Id"] = x.id[:]

		r = r.WithContext(app.WithRequest(r.Context(), x.id[0]))
		c.traffic.begin()
		defer func() {
			if v := recover(); v != nil {
				c.recovered(x, r, v)
			}
			took := time.Since(x.began)
			if x.status == 0 {
				x.answer(http.StatusOK) // what the server sends for a handler without an answer
			}
			c.traffic.end(x, took)
			c.logAccess(x, r, took)
			if x.aborted {
				panic(http.ErrAbortHandler) // the server closes the connection and says no more
			}
		}()
		next.ServeHTTP(x, r)
	})
}

// recovered answers for a handler that panicked. If it had begun an answer of
// its own, the connection is cut, so that nobody takes a half for the whole.
func (c *Component) recovered(x *exchange, r *http.Request, v any) {
	err, _ := v.(error)
	var network *net.OpError
	switch {
	case errors.Is(err, http.ErrAbortHandler), errors.As(err, &network) && r.Context().Err() != nil:
		x.aborted = true // wanted, or the client has gone; other servers do not end its context
		return
	}
	c.log.ErrorContext(r.Context(), "panic", "panic", v, "method", r.Method, "path", r.URL.Path, "stack", string(debug.Stack()))
	if x.status != 0 {
		x.aborted = true
		return
	}
	problem(x, http.StatusInternalServerError, "something went wrong; the log has more under the request id")
}

// logAccess writes a line for each request. Probes are too many to be worth
// more than a look while searching for something.
func (c *Component) logAccess(x *exchange, r *http.Request, took time.Duration) {
	level := slog.LevelInfo
	if r.URL.Path == livePath || r.URL.Path == readyPath {
		level = slog.LevelDebug
	}
	ctx := r.Context()
	if !c.requests.Enabled(ctx, level) {
		return
	}
	// Without looking for this place in the program, which no handler prints here.
	line := slog.NewRecord(x.began.Add(took), level, "request", 0)
	line.AddAttrs(
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.String("route", x.route()),
		slog.Int("status", x.status),
		slog.Int64("bytes", x.bytes),
		slog.Float64("took_ms", health.Milliseconds(took)),
		slog.String("client", r.RemoteAddr),
	)
	_ = c.requests.Handle(ctx, line) // there is nowhere else to tell
}

// exchange is one request and what was answered.
type exchange struct {
	http.ResponseWriter
	id      [1]string // the value of its header
	began   time.Time
	routed  *http.Request // as the mux saw it, which notes the pattern there; nil before
	unknown int           // what the mux itself answers where nobody registered anything
	instead int           // sent for whatever status the handler chooses; 0 is none
	status  int           // 0 until the answer begins
	bytes   int64
	aborted bool
	server  *Component

	encrypted bool // on its way to the client
}

// route is the pattern that the request matched.
func (x *exchange) route() string {
	if x.routed == nil {
		return ""
	}
	return x.routed.Pattern
}

// Unwrap lets http.ResponseController reach the connection: event streams
// flush and move their deadline through it.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// answer begins the answer. The client learns now whether the connection ends: it
// may have been decided while the request was worked on.
func (x *exchange) answer(status int) {
	x.status = status
	h := x.Header()
	careful(h, x.encrypted)
	if _, own := h["Date"]; !own {
		h["Date"] = x.server.clock.date() // the server would format it each time
	}
	if x.server.closing.Load() {
		h["Connection"] = []string{"close"}
	}
}

func (x *exchange) WriteHeader(status int) {
	if x.routed != nil && x.routed.Pattern == "" {
		x.unknown = status
		return
	}
	if x.instead != 0 && status >= 200 {
		status = x.instead
	}
	if x.status == 0 && status >= 200 {
		x.answer(status)
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(b []byte) (int, error) {
	if x.unknown != 0 {
		return len(b), nil
	}
	if x.status == 0 {
		x.answer(http.StatusOK)
	}
	n, err := x.ResponseWriter.Write(b)
	x.bytes += int64(n)
	return n, err
}

// clock says what time it is, and formats that once a second.
type clock struct{ latest atomic.Pointer[second] }

type second struct {
	unix   int64
	header []string
}

// date is the value of the header of that name.
func (c *clock) date() []string {
	now := time.Now()
	s := c.latest.Load()
	if s == nil || s.unix != now.Unix() {
		s = &second{now.Unix(), []string{now.UTC().Format(http.TimeFormat)}}
		c.latest.Store(s)
	}
	return s.header
}

// sane accepts the id of a client if it cannot harm a log.
func sane(id string) bool {
	return id != "" && len(id) <= 64 && strings.IndexFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}) < 0
}

// ids are unique without asking for randomness each time: a random start for
// the process and a count.
type ids struct {
	process string
	count   atomic.Uint64
}

func newIDs() *ids { return &ids{process: strings.ToLower(rand.Text()[:10]) + "-"} }

func (i *ids) next() string {
	buf := make([]byte, 0, 32)
	buf = append(buf, i.process...)
	return string(strconv.AppendUint(buf, i.count.Add(1), 36))
}
