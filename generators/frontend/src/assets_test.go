package frontend

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestAssetsAreKeptByBrowsers(t *testing.T) {
	s := start(t, nil)
	_, page := s.get("/")
	paths := regexp.MustCompile(`/assets/[^"]+`).FindAllString(page, -1)
	if len(paths) < 3 {
		t.Fatalf("the page has the assets %q", paths)
	}
	for _, path := range paths {
		answer, body := s.get(path)
		if answer.StatusCode != http.StatusOK || body == "" {
			t.Fatalf("%s answers %d with %d bytes", path, answer.StatusCode, len(body))
		}
		if kept := answer.Header.Get("Cache-Control"); !strings.Contains(kept, "immutable") {
			t.Errorf("%s is kept as %q", path, kept)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.urls["api"]+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", answer.Header.Get("Etag"))
		if again, _ := s.do(r); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s answers %d to whom has it", path, again.StatusCode)
		}
	}
}

func TestAssetsLoadNothingFromElsewhere(t *testing.T) {
	elsewhere := regexp.MustCompile(`url\(|@import|https?://`)
	for _, a := range []asset{styleSheet, liveScript} {
		if found := elsewhere.FindAllString(string(a.content), -1); found != nil {
			t.Errorf("%s has %q", a.path, found)
		}
	}
}

func TestTheme(t *testing.T) {
	s := start(t, []string{"DASHBOARD_THEME=dark"})
	_, page := s.get("/")
	wantAll(t, page, `data-theme="dark"`)

	answer, _ := s.post("/theme", url.Values{"theme": {"light"}, "next": {"/components/backend"}})
	if at := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || at != "/components/backend" {
		t.Errorf("the choice of a theme answers %d %q", answer.StatusCode, at)
	}
	_, page = s.get("/")
	wantAll(t, page, `data-theme="light"`, `value="light" aria-pressed="true"`, `value="dark" aria-pressed="false"`)

	for proto, secure := range map[string]bool{"": false, "http": false, "https": true} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.urls["api"]+"/theme", strings.NewReader("theme=dark"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-Proto", proto)
		answer, _ := s.do(r)
		if cookies := answer.Cookies(); len(cookies) != 1 || cookies[0].Secure != secure {
			t.Errorf("over %q the cookies are %v", proto, cookies)
		}
	}

	answer, _ = s.post("/theme", url.Values{"theme": {"<neon>"}})
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a theme that does not exist answers %d", answer.StatusCode)
	}
	answer, _ = s.post("/theme", url.Values{"theme": {"auto"}, "next": {"https://evil.example"}})
	if at := answer.Header.Get("Location"); at != "/" {
		t.Errorf("the choice of a theme leads to %q", at)
	}
}
