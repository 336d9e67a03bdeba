package auth

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/generators/auth/src/groundtest"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

const (
	good  = "a door in the wall"
	other = "the wall has a door"
)

// site is a running application.
type site struct {
	t    *testing.T
	app  *app.App
	auth *Component
	url  string
	log  *groundtest.Log
	past *atomic.Int64 // what the clock is set forward by, in nanoseconds
}

// start runs an application with a database of its own.
func start(t *testing.T, settings ...string) *site {
	t.Helper()
	return startAt(t, databasetest.URL(t), settings...)
}

// build makes an application with the database at the URL.
func build(t *testing.T, db string, settings ...string) *site {
	t.Helper()
	s, err := try(t, db, settings...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// try is build where that may fail.
func try(t *testing.T, db string, settings ...string) (*site, error) {
	t.Helper()
	s := &site{t: t, log: &groundtest.Log{}, past: &atomic.Int64{}}
	began := time.Now()
	environ := []string{"SHOP_ADDR=127.0.0.1:0", "SHOP_RATE_LIMIT=0", "SHOP_LOG_FORMAT=json", "SHOP_SHUTDOWN_TIMEOUT=10s", "SHOP_DATABASE_URL=" + db, "SHOP_DATABASE_BACKUP_DIR=" + t.TempDir()}
	for _, setting := range settings {
		environ = append(environ, "SHOP_"+setting)
	}
	var err error
	s.app, err = app.New(app.Options{Name: "shop", Environ: environ, LogTo: s.log}, func(a *app.App) ([]app.Component, error) {
		g, err := groundtest.New(a)
		if err != nil {
			return nil, err
		}
		if s.auth, err = New(a, g.Backend, g.Database, g.Frontend, g.Mail); err != nil {
			return nil, err
		}
		// It stands still otherwise: how long a test takes makes no difference.
		s.auth.now = func() time.Time { return began.Add(time.Duration(s.past.Load())) }
		return append(g.Components(), s.auth), nil
	})
	return s, err
}

// startAt runs an application with the database at the URL.
func startAt(t *testing.T, db string, settings ...string) *site {
	t.Helper()
	s := build(t, db, settings...)
	t.Cleanup(func() {
		if s.url == "" {
			t.Logf("it logs\n%s", s.log)
		}
	})
	apptest.Run(t, s.app)
	s.url = s.auth.backend.Addresses()[0].URL
	return s
}

// configProblem returns what is wrong with the settings.
func configProblem(t *testing.T, settings ...string) string {
	t.Helper()
	_, err := try(t, databasetest.URL(t), settings...)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	return err.Error()
}

// later sets the clock forward.
func (s *site) later(d time.Duration) { s.past.Add(int64(d)) }

// letters returns the texts of all mail to the address.
func (s *site) letters(to string) []string { return s.log.Letters(to) }

// letter waits until there are n letters to the address, and returns the last.
func (s *site) letter(to string, n int) string {
	s.t.Helper()
	eventually(s.t, func() bool { return len(s.letters(to)) >= n })
	return s.letters(to)[n-1]
}

// resetTicket waits for a letter with a link to choose a password, whatever else is
// sent to the address, and returns its ticket.
func (s *site) resetTicket(to string) string {
	s.t.Helper()
	var ticket string
	eventually(s.t, func() bool {
		for _, letter := range s.letters(to) {
			if strings.Contains(letter, resetPath+"?ticket=") {
				ticket = ticketOf(s.t, letter)
			}
		}
		return ticket != ""
	})
	return ticket
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("it does not happen")
		}
	}
}

var ticketIn = regexp.MustCompile(`ticket=([A-Z0-9]+)`)

func ticketOf(t *testing.T, text string) string {
	t.Helper()
	m := ticketIn.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no ticket in %q", text)
	}
	return m[1]
}

// user makes one with a confirmed address and the password good, without mail.
func (s *site) user(email string, admin bool) *userRow {
	s.t.Helper()
	hash, err := s.auth.passwords.Hash(s.t.Context(), good)
	if err != nil {
		s.t.Fatal(err)
	}
	user := &userRow{User: User{Email: email, Name: "Ada", Admin: admin}, Password: hash, VerifiedAt: millisOf(s.auth.now())}
	if err := s.auth.store.addUser(s.t.Context(), user); err != nil {
		s.t.Fatal(err)
	}
	return user
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

// api calls an operation, with a body of JSON unless that is empty, and as
// whoever the access token is of.
func (s *site) api(method, path, access, body string, headers ...string) answer {
	s.t.Helper()
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	if access != "" {
		headers = append(headers, "Authorization: Bearer "+access)
	}
	return do(s.t, http.DefaultClient, method, s.url+path, body, headers...)
}

func do(t *testing.T, c *http.Client, method, target, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.Header.Get("Content-Type") == "text/event-stream" {
		return answer{response.StatusCode, response.Header, ""} // it does not end
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

func object(pairs ...string) string {
	o := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		o[pairs[i]] = pairs[i+1]
	}
	text, _ := json.Marshal(o)
	return string(text)
}

// login signs a program in.
func (s *site) login(email, password string) Tokens {
	s.t.Helper()
	a := s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", password))
	if a.status != http.StatusOK {
		s.t.Fatalf("signing in answers %d %s", a.status, a.body)
	}
	var tokens Tokens
	a.decode(s.t, &tokens)
	return tokens
}

// visitor is a browser that follows no redirects.
type visitor struct {
	s *site
	c *http.Client
}

func (s *site) browser() *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	return &visitor{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (v *visitor) get(path string) answer {
	v.s.t.Helper()
	return do(v.s.t, v.c, "GET", v.s.url+path, "", "Accept: text/html", "Sec-Fetch-Site: same-origin")
}

func (v *visitor) post(path string, form ...string) answer {
	v.s.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return do(v.s.t, v.c, "POST", v.s.url+path, values.Encode(),
		"Content-Type: application/x-www-form-urlencoded", "Accept: text/html", "Sec-Fetch-Site: same-origin")
}

// cookie returns the value of the session's cookie, "" if there is none.
func (v *visitor) cookie() string {
	at, err := url.Parse(v.s.url)
	if err != nil {
		v.s.t.Fatal(err)
	}
	for _, c := range v.c.Jar.Cookies(at) {
		if strings.HasSuffix(c.Name, "shop_session") {
			return c.Value
		}
	}
	return ""
}

// signIn signs the browser in.
func (v *visitor) signIn(email, password string) {
	v.s.t.Helper()
	if a := v.post("/login", "email", email, "password", password, "next", "/account"); a.status != http.StatusSeeOther || v.cookie() == "" {
		v.s.t.Fatalf("signing in answers %d %s", a.status, a.body)
	}
}

func wantStatus(t *testing.T, what string, a answer, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s answers %d %.300s, want %d", what, a.status, a.body, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s does not say %q: %.2000s", what, text, a.body)
		}
	}
}

// same asks about an address that has an account and one that has none, and
// compares all that comes back.
func (s *site) same(what, email string, ask func(email string) answer) {
	s.t.Helper()
	const nobody = "nobody@example.com"
	known, unknown := ask(email), ask(nobody)
	for _, h := range []string{"Date", "X-Request-Id"} {
		known.header.Del(h)
		unknown.header.Del(h)
	}
	unknown.body = strings.ReplaceAll(unknown.body, nobody, email)
	unknown.header.Set("Content-Length", known.header.Get("Content-Length")) // the address is shown again
	if known.status != unknown.status || known.body != unknown.body {
		s.t.Errorf("%s: %d %s\nand for nobody %d %s", what, known.status, known.body, unknown.status, unknown.body)
	}
	for h := range known.header {
		if known.header.Get(h) != unknown.header.Get(h) {
			s.t.Errorf("%s: %s is %q, and for nobody %q", what, h, known.header.Get(h), unknown.header.Get(h))
		}
	}
}

// wantEvents says which events of a user have to be in the audit log.
func wantEvents(s *site, userID string, want ...event) {
	s.t.Helper()
	events, err := s.auth.store.events(s.t.Context(), userID, database.Page{Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, w := range want {
		if !slices.ContainsFunc(events.Items, func(e Event) bool { return e.Event == string(w) }) {
			s.t.Errorf("%q is not in the audit log %+v", w, events)
		}
	}
}

// addFactor has who is signed in get a second factor.
func (v *visitor) addFactor() (key string, recovery []string) {
	v.s.t.Helper()
	page := v.get("/account/second-factor").body
	key = between(page, "<code>", "</code>")
	a := v.post("/account/second-factor", "pending", between(page, `name="pending" value="`, `"`), "password", good, "code", v.s.code(v.s.t, key))
	for _, m := range regexp.MustCompile(`<code>([^<]+)</code>`).FindAllStringSubmatch(a.body, -1) {
		recovery = append(recovery, m[1])
	}
	if len(recovery) == 0 {
		v.s.t.Fatalf("adding a factor answers %d %s", a.status, a.body)
	}
	return key, recovery
}
