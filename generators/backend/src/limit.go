package backend

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limitBody refuses bodies that are too large: at once if their length is
// announced, else while they are read.
func limitBody(limit int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > limit {
			w.Header().Set("Connection", "close") // rather than read it all
			problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", limit))
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			// One more than typed operations accept: they notice first and say so
			// with a proper answer.
			r.Body = http.MaxBytesReader(inner(w), r.Body, limit+1)
		}
		next.ServeHTTP(w, r)
	})
}

// inner is the server's own writer, which MaxBytesReader tells to close the
// connection.
func inner(w http.ResponseWriter) http.ResponseWriter {
	if x, ok := w.(*exchange); ok {
		return x.ResponseWriter
	}
	return w
}

// Limiter decides which clients may go on.
type Limiter interface {
	// Wait returns how long the client has to wait, 0 if it may go on now.
	Wait(ctx context.Context, client netip.Addr) time.Duration
}

// Limits is what a client may do.
type Limits struct {
	PerSecond float64
	Burst     int
	// Local limits what this process is asked, as if there was no other.
	Local Limiter
}

// limitRate refuses clients that ask too often. Probes are never refused.
func limitRate(l Limiter, proxies []network, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == livePath || r.URL.Path == readyPath {
			next.ServeHTTP(w, r)
			return
		}
		if wait := l.Wait(r.Context(), clientOf(r, proxies)); wait > 0 {
			w.Header().Set("Retry-After", RetryAfter(wait))
			problem(w, http.StatusTooManyRequests, "too many requests; try again later")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// generation is how many clients are remembered before the older half is
// forgotten. It bounds the memory to some megabytes.
const generation = 16384

// clients has a limit for each client.
type clients struct {
	limit rate.Limit
	burst int

	mu         sync.Mutex
	young, old map[netip.Addr]*rate.Limiter
}

func newClients(perSecond float64, burst int) *clients {
	return &clients{limit: rate.Limit(perSecond), burst: burst, young: map[netip.Addr]*rate.Limiter{}}
}

// Wait is that of Limiter.
func (c *clients) Wait(_ context.Context, client netip.Addr) time.Duration {
	return c.wait(client, time.Now())
}

// wait returns how long the client has to wait, 0 if it may go on.
func (c *clients) wait(client netip.Addr, now time.Time) time.Duration {
	reservation := c.limiter(client).ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay > 0 {
		reservation.CancelAt(now)
	}
	return delay
}

func (c *clients) limiter(client netip.Addr) *rate.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l, ok := c.young[client]; ok {
		return l
	}
	l, ok := c.old[client]
	if !ok {
		l = rate.NewLimiter(c.limit, c.burst)
	}
	if len(c.young) >= generation {
		c.old, c.young = c.young, map[netip.Addr]*rate.Limiter{}
	}
	c.young[client] = l
	return l
}

// RetryAfter returns the value of the header of that name: whole seconds, and no
// less than wait.
func RetryAfter(wait time.Duration) string { return strconv.Itoa(int(math.Ceil(wait.Seconds()))) }
