package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const token = "0123456789abcdef"

func TestProductionWithoutTokenIsClosed(t *testing.T) {
	s := start(t, []string{"ENV=production"})
	for _, path := range []string{"/", "/components/backend"} {
		answer, page := s.get(path)
		if at := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/login") {
			t.Errorf("%s answers %d %q", path, answer.StatusCode, at)
		}
		wantNone(t, page, "Processor")
	}
	for _, path := range []string{"/events", "/components/backend/events"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.urls["api"]+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if answer, _ := s.do(r); answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s answers %d", path, answer.StatusCode)
		}
	}
	answer, page := s.get("/login")
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("the sign-in page answers %d", answer.StatusCode)
	}
	wantAll(t, page, "This dashboard is closed", "Set SHOP_ADMIN_TOKEN to open this in production.")
	wantNone(t, page, "<input id=")
}

func TestSignIn(t *testing.T) {
	s := start(t, []string{"ENV=production", "ADMIN_TOKEN=" + token})
	answer, _ := s.get("/components/backend?from=mail")
	at := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/login?") {
		t.Fatalf("a page answers %d %q before the sign-in", answer.StatusCode, at)
	}
	_, page := s.get(at)
	wantAll(t, page, `<label for="token">`, `type="password"`, `value="/components/backend?from=mail"`)
	wantNone(t, page, "Sign out", "not the token")

	answer, page = s.post("/login", url.Values{"token": {"wrong"}, "next": {"/components/backend"}})
	if answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) != 0 {
		t.Errorf("a wrong token answers %d with %d cookies", answer.StatusCode, len(answer.Cookies()))
	}
	wantAll(t, page, "That is not the token", `role="alert"`, `aria-invalid="true"`, `value="/components/backend"`)

	answer, _ = s.post("/login", url.Values{"token": {" " + token + "\n"}, "next": {"/components/backend"}})
	if at := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || at != "/components/backend" {
		t.Fatalf("the right token answers %d %q", answer.StatusCode, at)
	}
	answer, page = s.get("/components/backend")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("a page answers %d after the sign-in", answer.StatusCode)
	}
	wantAll(t, page, "<h1>Backend</h1>", "Sign out")
	if answer, _ = s.get("/login?next=/components/backend"); answer.Header.Get("Location") != "/components/backend" {
		t.Errorf("the sign-in page leads to %q after the sign-in", answer.Header.Get("Location"))
	}

	s.post("/logout", nil)
	if answer, _ = s.get("/"); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("a page answers %d after the sign-out", answer.StatusCode)
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	for target, want := range map[string]string{
		"/":                         "/",
		"/components/a%2Fb?x=1#top": "/components/a%2Fb?x=1#top",
		"":                          "/",
		"components":                "/",
		"//evil.example":            "/",
		"/\\evil.example":           "/",
		"/\t/evil.example":          "/",
		"\\\\evil.example":          "/",
		"///evil.example":           "/",
		"https://evil.example":      "/",
		"https:evil.example":        "/",
		"javascript:alert(1)":       "/",
		" //evil.example":           "/",
		"/\r\nSet-Cookie: a=b":      "/",
		"/%zz":                      "/",
	} {
		if got := local(target); got != want {
			t.Errorf("local(%q) = %q, want %q", target, got, want)
		}
	}
}

func TestAnotherSiteCannotSignAnybodyOut(t *testing.T) {
	s := start(t, []string{"ADMIN_TOKEN=" + token})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.urls["api"]+"/logout", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if answer, _ := s.do(r); answer.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site is answered with %d", answer.StatusCode)
	}
}
