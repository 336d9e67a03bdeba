package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is one that a handler has given.
type answer struct {
	status int
	header http.Header
	body   []byte
	made   time.Time // zero: just now

	personal bool // not for others
	kept     bool // it comes from the store
}

// answerHead is what stands before the body of an answer that is kept, on a line
// of its own. Only those with status 200 are.
type answerHead struct {
	Header http.Header `json:"header"`
	Made   time.Time   `json:"made"`
}

func (a *answer) encode() []byte {
	line, err := json.Marshal(answerHead{Header: a.header, Made: a.made})
	if err != nil {
		panic("cache: " + err.Error()) // texts and a time
	}
	return append(append(line, '\n'), a.body...)
}

func decodeAnswer(text []byte) (*answer, bool) {
	line, body, ok := bytes.Cut(text, []byte("\n"))
	var head answerHead
	if !ok || json.Unmarshal(line, &head) != nil {
		return nil, false
	}
	return &answer{status: http.StatusOK, header: head.Header, body: body, made: head.Made}, true
}

// ttl returns how long the answer may be kept for others, 0 if it may not.
func (a *answer) ttl(o HTTPOptions) time.Duration {
	if a.status != http.StatusOK || a.header.Get("Set-Cookie") != "" {
		return 0
	}
	for _, name := range list(a.header.Values("Vary")) {
		if !slices.ContainsFunc(o.Vary, func(known string) bool { return strings.EqualFold(known, name) }) {
			return 0
		}
	}
	ttl, shared := o.TTL, false
	for _, directive := range list(a.header.Values("Cache-Control")) {
		name, value, _ := strings.Cut(directive, "=")
		switch name = strings.ToLower(name); name {
		case "no-store", "no-cache", "private":
			return 0
		case "max-age", "s-maxage":
			seconds, err := strconv.Atoi(strings.Trim(value, `"`))
			if err != nil || seconds < 0 {
				return 0
			}
			if name == "s-maxage" || !shared { // s-maxage is meant for caches such as this
				ttl, shared = time.Duration(seconds)*time.Second, shared || name == "s-maxage"
			}
		}
	}
	return min(ttl, tagTTL)
}

// send writes the answer, or that the client has it already.
func (a *answer) send(w http.ResponseWriter, r *http.Request, o HTTPOptions) {
	h := w.Header()
	for name, values := range a.header {
		if name == "Vary" {
			continue // is added below
		}
		h[name] = slices.Clone(values) // others answer with the same
	}
	// Others may have added some of their own, such as Origin.
	known := list(h.Values("Vary"))
	for _, name := range slices.Concat(list(a.header.Values("Vary")), o.Vary) {
		if !slices.ContainsFunc(known, func(other string) bool { return strings.EqualFold(other, name) }) {
			known = append(known, name)
			h.Add("Vary", name)
		}
	}
	if a.status == http.StatusOK {
		a.validate(h)
		if isUnchanged(r, h) {
			for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding"} {
				h.Del(name)
			}
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
		if h.Get("Content-Type") == "" && len(a.body) > 0 {
			h.Set("Content-Type", http.DetectContentType(a.body))
		}
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead && len(a.body) > 0 {
		_, _ = w.Write(a.body) //nolint:gosec // what the handler wrote; if the client has gone, nobody is left to tell
	}
}

// validate sets the headers that tell the client how to ask again.
func (a *answer) validate(h http.Header) {
	if h.Get("ETag") == "" {
		sum := sha256.Sum256(a.body)
		h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:18])+`"`)
	}
	switch {
	case h.Get("Cache-Control") != "":
	case a.personal:
		h.Set("Cache-Control", "private, no-cache")
	default:
		h.Set("Cache-Control", "no-cache") // keep it, but ask whether it still is the same
	}
	if a.kept {
		h.Set("Age", strconv.Itoa(int(max(0, time.Since(a.made)).Seconds())))
	}
}

// isUnchanged says whether the client has the answer with the header h already.
// What it knows by ETag counts, and its date only if there is none.
func isUnchanged(r *http.Request, h http.Header) bool {
	if tags := list(r.Header.Values("If-None-Match")); len(tags) > 0 {
		own := strings.TrimPrefix(h.Get("ETag"), "W/")
		return slices.ContainsFunc(tags, func(tag string) bool {
			return tag == "*" || strings.TrimPrefix(tag, "W/") == own
		})
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	if err != nil {
		return false
	}
	modified, err := http.ParseTime(h.Get("Last-Modified"))
	return err == nil && !modified.After(since)
}

// list returns the elements of a header that is a list. Commas within quotes
// belong to an element.
func list(values []string) []string {
	var elements []string
	for _, value := range values {
		quoted := false
		for element := range strings.FieldsFuncSeq(value, func(c rune) bool {
			if c == '"' {
				quoted = !quoted
			}
			return c == ',' && !quoted
		}) {
			if element = strings.TrimSpace(element); element != "" {
				elements = append(elements, element)
			}
		}
	}
	return elements
}
