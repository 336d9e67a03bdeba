package auth

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

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
	for _, email := range []string{"ada@example.com\r\nBcc: eve@example.com", "ada@example.com, eve@example.com", "Ada <ada@example.com>", "ada@example.com\x01"} {
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
		"a form of zeroes":   "email=%00&password=%00&name=%00&id=%00&ticket=%00&role=%00&pending=%00",
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

// TestAttackNames registers with names that are not seen, or make others read
// differently what stands beside them.
func TestAttackNames(t *testing.T) {
	for name, fine := range map[string]bool{
		"Ada  Lovelace": true, "Љуба": true, "علی\u200cرضا": true, "👩\u200d💻": true,
		"\u200b\u200d": false, "Ada \u202egnissim": false, "Ada\u2066": false, "Ada\x7f": false, "Ada\xff": false, " \u2028 ": false,
	} {
		if _, err := ParseName(name); (err == nil) != fine {
			t.Errorf("%q: %v", name, err)
		}
	}
}
