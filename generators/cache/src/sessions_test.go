package cache

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// drawer is a store of sessions that never end by themselves.
type drawer struct {
	SessionStore

	mu    sync.Mutex
	kept  map[string]Session
	data  map[string][]byte
	err   error
	asked int // how often a session was found
}

func (d *drawer) finds() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

func (d *drawer) Find(_ context.Context, id string, _ time.Duration) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.data[id] != nil {
		d.asked++
	}
	return d.data[id], d.err
}

func (d *drawer) Save(_ context.Context, s Session, data []byte, _ time.Duration, mustExist bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.kept[s.ID]; mustExist && !ok {
		return nil
	}
	d.kept[s.ID], d.data[s.ID] = s, data
	return d.err
}

func (d *drawer) Delete(_ context.Context, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.kept, id)
	delete(d.data, id)
	return d.err
}

func (d *drawer) List(_ context.Context, subject string) ([]Session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []Session
	for _, s := range d.kept {
		if s.Subject == subject {
			list = append(list, s)
		}
	}
	return list, d.err
}

// browser keeps the cookie of a site.
type browser struct {
	site   http.Handler
	cookie *http.Cookie
}

// get returns what the site answers.
func (b *browser) get(path string) string {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	if b.cookie != nil {
		r.AddCookie(&http.Cookie{Name: b.cookie.Name, Value: b.cookie.Value})
	}
	w := httptest.NewRecorder()
	b.site.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		b.cookie = cookie
		if cookie.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return fmt.Sprintf("%d %s", w.Code, w.Body)
}

// newSite returns a site with sessions. The handler of /wait waits for wait.
func newSite(t *testing.T, wait chan struct{}, settings ...string) (http.Handler, *Sessions, *drawer) {
	t.Helper()
	c, f := newCache(t, settings...)
	d := &drawer{kept: map[string]Session{}, data: map[string][]byte{}}
	f.SessionStore = d
	s := c.Sessions()
	if s != c.Sessions() {
		t.Error("there are several managers of sessions")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /look", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s has %d", s.Subject(r.Context()), s.GetInt(r.Context(), "items"))
	})
	mux.HandleFunc("GET /add", func(_ http.ResponseWriter, r *http.Request) {
		s.Put(r.Context(), "items", s.GetInt(r.Context(), "items")+1)
	})
	mux.HandleFunc("GET /wait", func(_ http.ResponseWriter, r *http.Request) {
		s.Put(r.Context(), "items", 99)
		<-wait
	})
	mux.HandleFunc("GET /in", func(_ http.ResponseWriter, r *http.Request) {
		if err := s.SignIn(r.Context(), r.URL.Query().Get("as")); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /out", func(_ http.ResponseWriter, r *http.Request) {
		if err := s.SignOut(r.Context()); err != nil {
			t.Error(err)
		}
	})
	return s.LoadAndSave(mux), s, d
}

func TestSessionsOfABrowser(t *testing.T) {
	site, _, d := newSite(t, nil)
	b := &browser{site: site}
	steps := func(want ...string) {
		t.Helper()
		for i := 0; i < len(want); i += 2 {
			if got := b.get(want[i]); got != "200 "+want[i+1] {
				t.Errorf("%s: %q, want %q", want[i], got, want[i+1])
			}
		}
	}
	steps("/look", " has 0")
	if b.cookie != nil || len(d.kept) > 0 {
		t.Error("who only looks has a session")
	}
	steps("/add", "", "/add", "", "/look", " has 2")
	before := b.cookie.Value

	// The token changes at the sign-in, the values stay, the old token is worth nothing.
	steps("/in?as=ann", "", "/look", "ann has 2")
	if b.cookie.Value == before || len(d.kept) != 1 {
		t.Errorf("the token is %q as before; %d sessions", before, len(d.kept))
	}
	old := &browser{site: site, cookie: &http.Cookie{Name: b.cookie.Name, Value: before}}
	if got := old.get("/look"); got != "200  has 0" {
		t.Errorf("with the old token: %q", got)
	}
	// Only a hash of the token is kept.
	sum := sha256.Sum256([]byte(b.cookie.Value))
	if s, ok := d.kept[base64.RawURLEncoding.EncodeToString(sum[:])]; !ok || s.Subject != "ann" || time.Since(s.Created) > time.Minute {
		t.Errorf("kept is %v", d.kept)
	}
	steps("/out", "", "/look", " has 0")
	if b.cookie != nil || len(d.kept) > 0 {
		t.Errorf("after the end there is the cookie %v and %v", b.cookie, d.kept)
	}
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	site, s, _ := newSite(t, nil)
	phone, desk, other := &browser{site: site}, &browser{site: site}, &browser{site: site}
	phone.get("/in?as=ann")
	desk.get("/in?as=ann")
	other.get("/in?as=bob")
	ctx := t.Context()
	list, err := s.List(ctx, "ann")
	if err != nil || len(list) != 2 || !slices.IsSortedFunc(list, func(a, b Session) int { return b.Seen.Compare(a.Seen) }) {
		t.Fatalf("List = %v, %v", list, err)
	}
	sum := sha256.Sum256([]byte(phone.cookie.Value))
	id := base64.RawURLEncoding.EncodeToString(sum[:])

	if err := s.Revoke(ctx, "bob", id); err != nil || phone.get("/look") != "200 ann has 0" {
		t.Errorf("bob could end the session of ann (%v)", err)
	}
	if err := s.Revoke(ctx, "ann", id); err != nil || phone.get("/look") != "200  has 0" {
		t.Errorf("Revoke: %v", err)
	}
	if err := s.RevokeAll(ctx, "ann"); err != nil || desk.get("/look") != "200  has 0" || other.get("/look") != "200 bob has 0" {
		t.Errorf("RevokeAll: %v", err)
	}
}

func TestARequestUnderWayDoesNotBringASessionBack(t *testing.T) {
	wait := make(chan struct{})
	site, s, d := newSite(t, wait)
	b := &browser{site: site}
	b.get("/in?as=ann")
	late := &browser{site: site, cookie: b.cookie}
	done := make(chan struct{})
	go func() {
		defer close(done)
		late.get("/wait")
	}()
	for d.finds() < 1 {
		time.Sleep(time.Millisecond)
	}
	if err := s.RevokeAll(t.Context(), "ann"); err != nil {
		t.Error(err)
	}
	close(wait)
	<-done
	if len(d.kept) > 0 {
		t.Errorf("it is back: %v", d.kept)
	}
}

func TestCookies(t *testing.T) {
	for _, test := range []struct {
		environment, name string
		secure            bool
	}{{"development", "shop_sid", false}, {"production", "__Host-shop_sid", true}} {
		site, _, _ := newSite(t, nil, "SHOP_ENV="+test.environment, "SHOP_SESSION_LIFETIME=2h")
		b := &browser{site: site}
		b.get("/add")
		c := b.cookie
		if c.Name != test.name || c.Secure != test.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge < 7190 || c.MaxAge > 7201 {
			t.Errorf("in %s the cookie is %s", test.environment, c)
		}
	}
}

func TestWithoutTheStoreNobodyIsASubject(t *testing.T) {
	site, _, d := newSite(t, nil)
	b := &browser{site: site}
	b.get("/in?as=ann")
	d.err = errDown
	if got := b.get("/look"); !strings.HasPrefix(got, "503 {") || strings.Contains(got, errDown.Error()) {
		t.Errorf("without the store: %q", got)
	}
	d.err = nil
	for id := range d.data {
		d.data[id] = []byte("broken")
	}
	if got := b.get("/look"); !strings.HasPrefix(got, "503 {") {
		t.Errorf("with a broken session: %q", got)
	}
}
