package auth

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"

	"github.com/aegis-stack/aegis/generators/database/src"
)

// Each test is one attack. What the attackers have is said in its first lines.

// TestAttackTokenReplay shows things again that were good once, or where they do
// not belong.
func TestAttackTokenReplay(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	tokens := s.login(ada, good)
	v := s.browser()
	v.signIn(ada, good)
	cookie := v.cookie()
	profile := func(headers ...string) answer { return s.api("GET", "/api/v1/auth/profile", "", "", headers...) }

	wantStatus(t, "the cookie, as it is", profile("Cookie: shop_session="+cookie), 200)
	for name, header := range map[string]string{
		"the cookie as a bearer token":        "Authorization: Bearer " + cookie,
		"the refresh token as a bearer token": "Authorization: Bearer " + tokens.Refresh,
		"the access token as a cookie":        "Cookie: shop_session=" + tokens.Access,
		"the refresh token as a cookie":       "Cookie: shop_session=" + tokens.Refresh,
		"the cookie's digest":                 "Cookie: shop_session=" + digest(cookie),
		"another scheme":                      "Authorization: Basic " + tokens.Access,
	} {
		wantStatus(t, name, profile(header), 401)
	}
	wantStatus(t, "the access token as a refresh token", s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", tokens.Access)), 401)

	v.post("/logout")
	wantStatus(t, "the cookie after the sign-out", profile("Cookie: shop_session="+cookie), 401)
	wantStatus(t, "signing out", s.api("POST", "/api/v1/auth/logout", tokens.Access, ""), 204)
	wantStatus(t, "the access token after the sign-out", profile("Authorization: Bearer "+tokens.Access), 401)
	wantStatus(t, "the refresh token after the sign-out", s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", tokens.Refresh)), 401)

	late := s.login(ada, good)
	s.later(11 * time.Minute)
	wantStatus(t, "an access token after its time", profile("Authorization: Bearer "+late.Access), 401)
}

// TestAttackRefreshReuse has a stolen refresh token, before and after its owner
// has used it.
func TestAttackRefreshReuse(t *testing.T) {
	s := start(t)
	user := s.user(ada, false)
	refresh := func(token string) (answer, Tokens) {
		a := s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", token))
		var next Tokens
		if a.status == http.StatusOK {
			a.decode(t, &next)
		}
		return a, next
	}
	untouched := s.login(ada, good)
	stolen := s.login(ada, good)
	_, owner := refresh(stolen.Refresh)
	a, _ := refresh(stolen.Refresh)
	wantStatus(t, "the thief, who comes second", a, 401)
	a, _ = refresh(owner.Refresh)
	wantStatus(t, "the owner's next token", a, 401)
	wantStatus(t, "the owner's access token", s.api("GET", "/api/v1/auth/profile", owner.Access, ""), 401)
	a, _ = refresh(untouched.Refresh)
	wantStatus(t, "another session", a, 200)

	// All at the same time: one of them may win, and it does not help.
	stolen = s.login(ada, good)
	var won atomic.Int64
	var last atomic.Pointer[Tokens]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if a, next := refresh(stolen.Refresh); a.status == http.StatusOK {
				won.Add(1)
				last.Store(&next)
			}
		})
	}
	wg.Wait()
	if won.Load() > 1 {
		t.Errorf("%d of 8 got new tokens", won.Load())
	}
	if next := last.Load(); next != nil {
		a, _ := refresh(next.Refresh)
		wantStatus(t, "the winner", a, 401)
	}
	events, err := s.auth.store.events(t.Context(), user.ID, database.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, e := range events.Items {
		if e.Event == string(tokenReused) {
			noted++
		}
	}
	if noted != 2 {
		t.Errorf("it is noted %d times in %+v", noted, events)
	}
}

// TestAttackSessionFixation has planted a cookie in the browser of somebody who
// is going to sign in: an invented one, and that of the attacker's own session.
func TestAttackSessionFixation(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	s.user(eve, false)
	attacker := s.browser()
	attacker.signIn(eve, good)
	at, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, planted := range []string{"INVENTEDINVENTEDINVENTEDIN", attacker.cookie()} {
		victim := s.browser()
		victim.c.Jar.SetCookies(at, []*http.Cookie{{Name: "shop_session", Value: planted, Path: "/"}})
		// The form is not shown to whom the attacker's session signs in.
		victim.signIn(ada, good)
		if victim.cookie() == planted {
			t.Error("the planted cookie is signed in")
		}
		wantStatus(t, "the victim", victim.get("/"), 200)
		wantStatus(t, "the planted cookie", s.api("GET", "/api/v1/auth/profile", "", "", "Cookie: shop_session="+planted), 401)
	}
}

// endpoints lists what the application serves.
func (s *site) endpoints() []app.Endpoint { return app.All[*backend.Component](s.app)[0].Endpoints() }

// path puts values in the place of names in a pattern.
func path(e app.Endpoint, id string) string {
	r := strings.NewReplacer("{id}", id, "{session}", "x", "{name}", "auth", "{$}", "", "{name...}", "x")
	return r.Replace(e.Path)
}

// TestAttackCSRF is the page of another site that makes the browser of an
// administrator send forms.
func TestAttackCSRF(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	target := s.user(eve, false)
	v := s.browser()
	v.signIn(ada, good)
	tried := 0
	for _, e := range s.endpoints() {
		if e.Method == http.MethodGet || e.Method == http.MethodHead || e.Method == "" {
			continue
		}
		tried++
		for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example"} {
			a := do(t, v.c, e.Method, s.url+path(e, target.ID), "password="+url.QueryEscape(good), header,
				"Content-Type: application/x-www-form-urlencoded")
			wantStatus(t, e.Method+" "+e.Path+" with "+header, a, 403)
		}
	}
	if tried < 25 {
		t.Errorf("only %d routes were tried", tried)
	}
	wantStatus(t, "the administrator", v.get("/"), 200)
	a := v.post("/login", "email", ada, "password", good)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie is %v", c)
		}
	}
	secure := start(t, "AUTH_URL=https://shop.example")
	secure.user(ada, false)
	a = do(t, http.DefaultClient, "POST", secure.url+"/api/v1/auth/login", object("email", ada, "password", good), "Content-Type: application/json")
	wantStatus(t, "a program", a, 200)
	a = secure.browser().post("/login", "email", ada, "password", good)
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !strings.HasPrefix(cookies[0].Name, "__Host-") {
		t.Errorf("over HTTPS the cookies are %v", cookies)
	}
}

// TestAttackEnumerationByText asks about an address that has an account and one
// that has none, and compares all that comes back.
func TestAttackEnumerationByText(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	v := s.browser()
	for _, way := range []struct {
		what string
		ask  func(string) answer
	}{
		{"signing in", func(email string) answer {
			return s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other))
		}},
		{"signing in with a code", func(email string) answer {
			return s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other, "code", "123456"))
		}},
		{"signing in on the page", func(email string) answer { return v.post("/login", "email", email, "password", other) }},
		{"a forgotten password", func(email string) answer {
			return s.api("POST", "/api/v1/auth/password/forgot", "", object("email", email))
		}},
		{"a forgotten password on the page", func(email string) answer { return v.post("/forgot", "email", email) }},
		{"registering", func(email string) answer {
			return s.api("POST", "/api/v1/auth/register", "", object("email", email, "name", "Ada", "password", other))
		}},
		{"registering on the page", func(email string) answer {
			return v.post("/register", "email", email, "name", "Ada", "new", other)
		}},
	} {
		s.same(way.what, ada, way.ask)
	}
	// Locked out alike.
	for range 20 {
		for _, email := range []string{ada, "nobody@example.com"} {
			s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other))
		}
	}
	for _, email := range []string{ada, "nobody@example.com"} {
		wantStatus(t, "one try too many for "+email, s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", good)), 429)
	}
}

// TestAttackEnumerationByTime compares the work that is done for an address with
// an account and for one without. Passwords are what takes time: each fills 19
// MiB of memory, which is what is measured. Mail, which takes longer still, is
// sent after the answer: here to a server that never says a word.
func TestAttackEnumerationByTime(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "MAIL_URL=smtp://"+silent.Addr().String()+"?tls=off", "MAIL_FROM=shop@example.com", "MAIL_TIMEOUT=5m")
	var connected []net.Conn
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			connected = append(connected, conn)
		}
	}()
	t.Cleanup(func() { // before the application ends
		_ = silent.Close()
		<-accepting
		for _, conn := range connected {
			_ = conn.Close()
		}
	})
	s.user(ada, false)
	s.user(eve, false)
	work := func(ask func()) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ask()
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / (19 << 20)
	}
	for _, way := range []struct {
		what   string
		hashes float64
		ask    func(email string)
	}{
		{"signing in", 1, func(email string) {
			wantStatus(t, "signing in", s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other)), 401)
		}},
		{"registering", 1, func(email string) {
			wantStatus(t, "registering", s.api("POST", "/api/v1/auth/register", "", object("email", email, "name", "Ada", "password", other)), 202)
		}},
		{"a forgotten password", 0, func(email string) {
			wantStatus(t, "a forgotten password", s.api("POST", "/api/v1/auth/password/forgot", "", object("email", email)), 202)
		}},
	} {
		for _, email := range []string{ada, "nobody@example.com"} {
			if got := work(func() { way.ask(email) }); got < way.hashes || got > way.hashes+0.5 {
				t.Errorf("%s costs %.2f hashes for %s, want %v", way.what, got, email, way.hashes)
			}
		}
	}
}

// TestAttackBruteForceAcrossReplicas tries passwords at two processes of the
// application at once, many at a time.
func TestAttackBruteForceAcrossReplicas(t *testing.T) {
	db := databasetest.URL(t)
	replicas := []*site{startAt(t, db), startAt(t, db)}
	replicas[0].user(ada, false)
	for _, email := range []string{ada, "nobody@example.com"} {
		var looked, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				switch a := replicas[i%2].api("POST", "/api/v1/auth/login", "", object("email", email, "password", other)); a.status {
				case http.StatusUnauthorized:
					looked.Add(1)
				case http.StatusTooManyRequests:
					refused.Add(1)
					if a.header.Get("Retry-After") == "" {
						t.Error("nobody says when to come again")
					}
				default:
					t.Errorf("trying answers %d %s", a.status, a.body)
				}
			})
		}
		wg.Wait()
		if looked.Load() != 10 || refused.Load() != 14 {
			t.Errorf("for %s, %d passwords were looked at and %d refused, want 10 and 14", email, looked.Load(), refused.Load())
		}
		for _, s := range replicas {
			wantStatus(t, "the right password, while it is locked", s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", good)), 429)
		}
	}
	for _, s := range replicas {
		s.later(16 * time.Minute)
	}
	replicas[1].login(ada, good)

	// The second factor is guarded by its own.
	s := replicas[0]
	var f newFactor
	access := s.login(ada, good).Access
	s.api("GET", "/api/v1/auth/second-factor", access, "").decode(t, &f)
	wantStatus(t, "adding a factor", s.api("PUT", "/api/v1/auth/second-factor", access, object("password", good, "pending", f.Pending, "code", s.code(t, f.Key))), 200)
	looked := 0
	for i := range 20 {
		a := replicas[i%2].api("POST", "/api/v1/auth/login", "", object("email", ada, "password", good, "code", "000000"))
		if a.status == http.StatusUnauthorized {
			looked++
		}
	}
	if looked != 10 {
		t.Errorf("%d codes were looked at, want 10", looked)
	}
}

// TestAttackPrivilegeEscalation is a user without rights, and somebody without
// an account, who try every route that is not for them.
func TestAttackPrivilegeEscalation(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	user := s.user(eve, false)
	tokens := s.login(eve, good)
	v, stranger := s.browser(), s.browser()
	v.signIn(eve, good)
	tried := map[app.Access]int{}
	for _, e := range s.endpoints() {
		method, at := e.Method, s.url+path(e, user.ID)
		if method == "" {
			method = http.MethodPost
		}
		tried[e.Access]++
		name := method + " " + e.Path
		if e.Access == app.Admin {
			wantStatus(t, name+" as a user, by token", do(t, http.DefaultClient, method, at, "", "Authorization: Bearer "+tokens.Access), 403)
			wantStatus(t, name+" as a user, by cookie", do(t, v.c, method, at, ""), 403)
		}
		if e.Access != app.Public {
			wantStatus(t, name+" as nobody", do(t, stranger.c, method, at, ""), 401)
			wantStatus(t, name+" with an invented token", do(t, stranger.c, method, at, "", "Authorization: Bearer x.y.z"), 401)
		}
	}
	if tried[app.Admin] < 28 || tried[app.SignedIn] < 22 {
		t.Errorf("tried were %v", tried)
	}

	// Rights that somebody gives themselves.
	wantStatus(t, "a profile with rights", s.api("PUT", "/api/v1/auth/profile", tokens.Access, `{"name":"Eve","admin":true}`), 422)
	wantStatus(t, "registering with rights", s.api("POST", "/api/v1/auth/register", "", `{"email":"mallory@example.com","name":"M","password":"`+good+`","admin":true}`), 422)
	v.post("/account/name", "name", "Eve", "admin", "true", "Admin", "true")
	row, err := s.auth.store.userByID(t.Context(), user.ID)
	if err != nil || row.Admin {
		t.Errorf("the user is %+v (%v)", row, err)
	}
	// The sessions of others.
	admin := s.login(ada, good)
	var sessions []Session
	s.api("GET", "/api/v1/auth/sessions", admin.Access, "").decode(t, &sessions)
	s.api("DELETE", "/api/v1/auth/sessions/"+sessions[0].ID, tokens.Access, "")
	v.post("/account/sessions", "id", sessions[0].ID)
	wantStatus(t, "the session of another user", s.api("GET", "/api/v1/auth/profile", admin.Access, ""), 200)
}

// TestAttackOpenRedirect sends people to the sign-in with a link that leads on to
// another site.
func TestAttackOpenRedirect(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	for _, target := range []string{
		"https://evil.example", "//evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "https:evil.example",
		"javascript:alert(1)", "///evil.example", "http:///evil.example", "/%0a/evil.example\n", " //evil.example", "@evil.example",
	} {
		v := s.browser()
		a := v.post("/login", "email", ada, "password", good, "next", target)
		if at := a.header.Get("Location"); a.status != http.StatusSeeOther || at != "/" {
			t.Errorf("%q leads to %d %q", target, a.status, at)
		}
		if at := v.get("/login?next=" + url.QueryEscape(target)).header.Get("Location"); at != "/" {
			t.Errorf("signed in already, %q leads to %q", target, at)
		}
	}
}

// TestAttackHeaderInjection puts line ends, and another host, where they could
// end up in a header of an answer or of a letter.
func TestAttackHeaderInjection(t *testing.T) {
	s := start(t, "AUTH_URL=https://shop.example")
	s.user(ada, true)
	v := s.browser()
	a := v.post("/login", "email", ada, "password", good, "next", "/\r\nSet-Cookie: admin=1\r\n\r\n<script>")
	if a.header.Get("Location") != "/" || strings.Contains(strings.Join(a.header.Values("Set-Cookie"), ""), "admin") {
		t.Errorf("the answer has %v", a.header)
	}
	for _, email := range []string{"ada@example.com\r\nBcc: eve@example.com", "ada@example.com, eve@example.com", "Ada <ada@example.com>", "ada@example.com\x00"} {
		wantStatus(t, email, s.api("POST", "/api/v1/auth/password/forgot", "", object("email", email)), 422)
		wantStatus(t, email+" on the page", v.post("/forgot", "email", email), 422)
	}
	// The link must lead to the application, whatever the request says of the host.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/auth/password/forgot", strings.NewReader(object("email", ada)))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("Forwarded", "host=evil.example")
	r.Header.Set("User-Agent", "x\tBcc: eve@example.com")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	letter := s.letter(ada, 1)
	if strings.Contains(letter, "evil.example") || !strings.Contains(letter, "https://shop.example/reset?ticket=") {
		t.Errorf("the letter is %s", letter)
	}
}

// TestAttackBodies sends what is too large, or not what it should be, to every
// route that takes something.
func TestAttackBodies(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	tokens := s.login(ada, good)
	v := s.browser()
	v.signIn(ada, good)
	bodies := map[string]string{
		"nothing":            "",
		"half an object":     `{"email":`,
		"another type":       `{"email":7,"password":[],"name":{},"ticket":null}`,
		"a list":             `[]`,
		"nested too deep":    strings.Repeat(`{"email":`, 20000),
		"not UTF-8":          "{\"email\":\"\xff\xfe@example.com\",\"password\":\"\xff\xff\xff\xff\xff\xff\xff\xff\",\"name\":\"\xff\"}",
		"zero bytes":         `{"email":"a\u0000@example.com","password":"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000","name":"\u0000","refresh_token":"\u0000","ticket":"\u0000"}`,
		"a very long secret": object("email", ada, "name", "Ada", "password", strings.Repeat("é", 500), "new", strings.Repeat("x", 999), "ticket", "x", "refresh_token", "x"),
		"a broken form":      "email=%zz&password=%",
		"more than allowed":  strings.Repeat("x", 2<<20),
	}
	for _, e := range s.endpoints() {
		if e.Method != http.MethodPost && e.Method != http.MethodPut || strings.HasSuffix(e.Path, "logout") {
			continue
		}
		for name, body := range bodies {
			for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"} {
				headers := []string{"Content-Type: " + kind, "Sec-Fetch-Site: same-origin"}
				client := v.c
				if strings.HasPrefix(e.Path, "/api/") {
					client, headers = http.DefaultClient, append(headers, "Authorization: Bearer "+tokens.Access)
				}
				a := do(t, client, e.Method, s.url+path(e, "x"), body, headers...)
				if a.status >= 500 {
					t.Errorf("%s %s with %s as %s answers %d %s", e.Method, e.Path, name, kind, a.status, a.body)
				}
				if len(body) > 1<<20 && a.status != http.StatusRequestEntityTooLarge {
					t.Errorf("%s %s with %s answers %d", e.Method, e.Path, name, a.status)
				}
			}
		}
	}
	wantStatus(t, "the account after all that", v.get("/account"), 200, "Ada")
}

// TestAttackForgedAccessTokens shows tokens that were signed with what everybody
// can read. How tokens are verified is tested in package token.
func TestAttackForgedAccessTokens(t *testing.T) {
	s := start(t)
	admin := s.user(ada, true)
	s.login(ada, good)
	keys, err := s.auth.tokens.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var session sessionRow
	if err := s.auth.store.db.Read().NewSelect().Model(&session).Where("user_id = ?", admin.ID).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{"iss": s.auth.tokens.Name, "aud": "shop", "sub": admin.ID, "sid": session.ID, "exp": time.Now().Add(time.Hour).Unix()}
	for name, forge := range map[string]func(*jwt.Token) (string, error){
		"none":  func(u *jwt.Token) (string, error) { return u.SignedString(jwt.UnsafeAllowNoneSignatureType) },
		"HS256": func(u *jwt.Token) (string, error) { return u.SignedString([]byte(keys[0].X)) },
	} {
		unsigned := jwt.NewWithClaims(jwt.GetSigningMethod(name), claims)
		unsigned.Header["kid"] = keys[0].ID
		text, err := forge(unsigned)
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, "a token by "+name, s.api("GET", "/api/v1/auth/profile", text, ""), 401)
	}
}

// TestAttackAccountsMadeInAdvance registers with the address of somebody else and
// waits for them to open the account.
func TestAttackAccountsMadeInAdvance(t *testing.T) {
	s := start(t)
	register := func(password string) {
		t.Helper()
		wantStatus(t, "registering", s.api("POST", "/api/v1/auth/register", "", object("email", ada, "name", "Ada", "password", password)), 202)
	}
	const attackers, victims = "the attacker chose this", "the victim chose that"
	register(attackers)
	s.letter(ada, 1)
	register(victims)
	ticket := ticketOf(t, s.letter(ada, 2))
	wantStatus(t, "the attacker, who would know the link", s.api("POST", "/api/v1/auth/verify", "", object("ticket", ticket, "password", attackers)), 403)
	register(attackers)
	third := ticketOf(t, s.letter(ada, 3))
	wantStatus(t, "the victim, with the attacker's link", s.api("POST", "/api/v1/auth/verify", "", object("ticket", third, "password", victims)), 403)
	wantStatus(t, "the attacker, before", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", attackers)), 403)

	s.later(time.Hour) // enough mail for now
	wantStatus(t, "the victim, who chooses a password", s.api("POST", "/api/v1/auth/password/forgot", "", object("email", ada)), 202)
	letters := 4
	s.letter(ada, letters)
	wantStatus(t, "choosing", s.api("POST", "/api/v1/auth/password/reset", "", object("ticket", ticketOf(t, s.letter(ada, letters)), "password", victims)), 204)
	wantStatus(t, "the attacker, after", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", attackers)), 401)
	wantStatus(t, "the attacker's link, after", s.api("POST", "/api/v1/auth/verify", "", object("ticket", third, "password", attackers)), 401)
	s.login(ada, victims)
}

// TestAttackMailbox asks for mail to one mailbox again and again.
func TestAttackMailbox(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	for range 20 {
		wantStatus(t, "asking", s.api("POST", "/api/v1/auth/password/forgot", "", object("email", ada)), 202)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.auth.post.drain(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(s.letters(ada)); n != 3 {
		t.Errorf("there are %d letters", n)
	}
}
