package backend

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// header is in every answer, or in every one of a kind: nobody changes the values.
type header struct {
	name   string
	values []string
}

var (
	commonHeaders = []header{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
	}
	// dataHeaders are for what programs read. A browser shall not make more of it.
	dataHeaders = []header{{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}}}
	// documentHeaders are for what a browser shows: it has links, and windows around
	// it. Everything that a page may use comes from this server; nothing is inline.
	documentHeaders = []header{
		{"Content-Security-Policy", []string{"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
			"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}},
		{"X-Frame-Options", []string{"DENY"}}, // for those who do not know the policy
		{"Referrer-Policy", []string{"same-origin"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	}
	encryptedHeaders = []header{{"Strict-Transport-Security", []string{"max-age=31536000"}}}
)

// careful sets the headers that make browsers careful, when the answer begins. A
// handler that needs others has set its own. Most answers are data, and every
// header takes its time.
func careful(h http.Header, encrypted bool) {
	headers := documentHeaders
	if kind := h["Content-Type"]; len(kind) == 1 && (kind[0] == "application/json" || kind[0] == "application/problem+json") {
		headers = dataHeaders
	}
	add(h, commonHeaders)
	add(h, headers)
	if encrypted {
		add(h, encryptedHeaders)
	}
}

func add(h http.Header, headers []header) {
	for _, a := range headers {
		if _, own := h[a.name]; !own {
			h[a.name] = a.values
		}
	}
}

// Encrypted says whether the client's connection is, to us or to a proxy before us.
func Encrypted(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// origin is the scheme and host of another site.
type origin string

// UnmarshalText accepts origins as browsers send them.
func (o *origin) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || s != u.Scheme+"://"+u.Host {
		return fmt.Errorf("want origins such as https://www.example.com, not %q", s)
	}
	*o = origin(s)
	return nil
}

// sameOrigin refuses what the pages of other sites make a browser send, except
// for the origins that are allowed to.
func sameOrigin(allowed []origin, next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	for _, o := range allowed {
		if err := protection.AddTrustedOrigin(string(o)); err != nil {
			panic("backend: " + err.Error()) // origin takes no other
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from := r.Header.Get("Origin"); len(allowed) > 0 {
			w.Header().Add("Vary", "Origin")
			if slices.Contains(allowed, origin(from)) && share(w, r, from) {
				return
			}
		}
		if err := protection.Check(r); err != nil {
			problem(w, http.StatusForbidden, "another site may not send this")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// share tells the browser that the page of that origin may read the answer,
// and reports whether that was all it asked for. Cookies stay at home.
func share(w http.ResponseWriter, r *http.Request, from string) bool {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", from)
	h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After, X-Request-Id")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
