package backend

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Everything that a page may use comes from this server; nothing is inline.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// The same slices are in every answer: handlers replace them, nobody changes them.
var (
	headerPolicy  = []string{contentPolicy}
	headerNoSniff = []string{"nosniff"}
	headerSame    = []string{"same-origin"}
	headerHTTPS   = []string{"max-age=31536000"}
)

// secure sets the headers that make browsers careful, with careful when the answer
// begins. A handler that needs others sets its own.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Security-Policy"] = headerPolicy
		h["X-Content-Type-Options"] = headerNoSniff
		h["Cross-Origin-Resource-Policy"] = headerSame
		if Encrypted(r) {
			h["Strict-Transport-Security"] = headerHTTPS
		}
		next.ServeHTTP(w, r)
	})
}

// documentHeaders are for what a browser shows: it has links, and windows around it.
var documentHeaders = map[string][]string{
	"X-Frame-Options":            {"DENY"}, // for those who do not know the policy
	"Referrer-Policy":            {"same-origin"},
	"Cross-Origin-Opener-Policy": headerSame,
}

// careful adds the headers of a document, unless the answer is known to be data:
// most are, and every header takes its time.
func careful(h http.Header) {
	if kind := h["Content-Type"]; len(kind) == 1 && (kind[0] == "application/json" || kind[0] == "application/problem+json") {
		return
	}
	for name, value := range documentHeaders {
		if _, own := h[name]; !own {
			h[name] = value
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
