package cache

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

// maxAnswer is how large an answer may be that is kept, unless it is said
// otherwise.
const maxAnswer = 1 << 20

// HTTPOptions says which answers of a handler are kept, and for how long.
type HTTPOptions struct {
	// TTL is how long an answer is kept whose Cache-Control does not say so; 0 is
	// the configured time.
	TTL time.Duration
	// Vary names the headers of a request that the answer depends on, such as
	// Accept-Language. An answer that depends on others is not kept.
	Vary []string
	// Public says that the answer is the same for everybody, whoever they are.
	// Without it, requests with a cookie or an authorization are not answered from
	// the cache.
	Public bool
	// MaxBody is how large an answer may be, in bytes; 0 is a mebibyte. Larger ones
	// are passed on as they are.
	MaxBody int
	// Tags returns what the answer can be invalidated by; nil is nothing.
	Tags func(*http.Request) []string
}

// HTTP keeps the answers of a handler to GET and HEAD: those with status 200
// that set no cookie, and that Cache-Control does not forbid to keep. However
// many ask at once for what is not there, the handler runs once.
//
// All answers that it has in hand get an ETag, unless they have one. Whoever has
// the same already is told so with 304.
func (c *Component) HTTP(o HTTPOptions) func(http.Handler) http.Handler {
	o.TTL = c.ttl(o.TTL)
	o.MaxBody = cmp.Or(o.MaxBody, maxAnswer)
	for i, name := range o.Vary {
		o.Vary[i] = textproto.CanonicalMIMEHeaderKey(name)
	}
	return func(next http.Handler) http.Handler {
		return &httpCache{cache: c, options: o, next: next, leaders: map[string]*leader{}}
	}
}

// httpCache is a handler whose answers are kept.
type httpCache struct {
	cache   *Component
	options HTTPOptions
	next    http.Handler

	mu      sync.Mutex
	leaders map[string]*leader // by key
}

// leader is a request that the handler is answering, for others that ask the
// same.
type leader struct {
	epoch  uint64 // of the cache, when it began
	done   chan struct{}
	answer *answer // once done; nil: it is for the leader only
}

func (h *httpCache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead, r.Header.Get("Range") != "":
		h.next.ServeHTTP(w, r)
		return
	case h.isPersonal(r):
		if a := h.run(w, r, nobodyWaits); a != nil {
			a.personal = true
			a.send(w, r, h.options)
		}
		return
	}

	ctx, key := r.Context(), h.key(r)
	var tags []string
	if h.options.Tags != nil {
		tags = sorted(h.options.Tags(r))
	}
	count := h.cache.counts.of(key)
	found, err := h.cache.lookup(ctx, key, tags)
	if err != nil {
		_ = h.cache.failed(ctx, "get", err)
		found.incomplete = true
	}
	if a, ok := decodeAnswer(found.entry.text); ok && found.hit {
		count.hits.Add(1)
		a.kept = true
		a.send(w, r, h.options)
		return
	}
	count.misses.Add(1)

	one, leads := h.join(key)
	if leads {
		h.lead(w, r, one, key, tags, found)
		return
	}
	select {
	case <-one.done:
	case <-ctx.Done():
		return // nobody is left to answer
	}
	a := one.answer
	if a == nil {
		a = h.run(w, r, nobodyWaits)
	}
	if a != nil {
		a.send(w, r, h.options)
	}
}

// lead answers the request, and lets others have the answer.
func (h *httpCache) lead(w http.ResponseWriter, r *http.Request, one *leader, key string, tags []string, f found) {
	var shared *answer
	release := sync.OnceFunc(func() {
		h.mu.Lock()
		if h.leaders[key] == one {
			delete(h.leaders, key)
		}
		h.mu.Unlock()
		one.answer = shared
		close(one.done)
	})
	defer release() // however the handler ends

	ctx := context.WithoutCancel(r.Context()) // what was made is kept, even if the client has gone
	h.cache.complete(ctx, tags, &f)
	a := h.run(w, r, release)
	if a == nil {
		return
	}
	if ttl := a.ttl(h.options); ttl > 0 {
		a.made = time.Now()
		h.cache.keep(ctx, key, ttl, f, entry{kind: isValue, text: a.encode()})
		shared = a
	}
	release() // before it is sent: this client may be slow to take it
	a.send(w, r, h.options)
}

func (h *httpCache) join(key string) (one *leader, leads bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	epoch := h.cache.epoch.Load()
	if one, ok := h.leaders[key]; ok && one.epoch == epoch {
		return one, false
	}
	one = &leader{epoch: epoch, done: make(chan struct{})}
	h.leaders[key] = one
	return one, true
}

// run has the handler answer as if it was asked for all of it. It returns nil if
// the answer is on its way already, because it is too large or a stream. Before
// that begins, it calls passing.
func (h *httpCache) run(w http.ResponseWriter, r *http.Request, passing func()) *answer {
	whole := r.Clone(r.Context())
	whole.Method = http.MethodGet
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range"} {
		whole.Header.Del(name)
	}
	rec := &recorder{ResponseWriter: w, header: http.Header{}, limit: h.options.MaxBody, passing: passing}
	h.next.ServeHTTP(rec, whole)
	return rec.answer()
}

// nobodyWaits is for runs that no other request waits for.
func nobodyWaits() {}

// isPersonal says whether the answer may be for this client only.
func (h *httpCache) isPersonal(r *http.Request) bool {
	return !h.options.Public && (r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "")
}

// key is the same for all requests with the same answer.
func (h *httpCache) key(r *http.Request) string {
	sum := sha256.New()
	write := func(text string) { sum.Write([]byte(text + "\x00")) }
	write(r.Host)
	write(r.URL.EscapedPath())
	write(r.URL.RawQuery)
	for _, name := range h.options.Vary {
		write(strings.Join(r.Header.Values(name), ","))
	}
	return "http:" + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:18])
}
