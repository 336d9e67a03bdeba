package backend_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestOpenAPIDocument(t *testing.T) {
	s := serve(t, nil, api)
	got := s.get(t, "/openapi.json")
	var document struct {
		OpenAPI string                                `json:"openapi"`
		Paths   map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(got.body), &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %q, want 3.1", document.OpenAPI)
	}
	for path, method := range map[string]string{"/hello": "get", "/echo": "post", "/api/v1/health": "get"} {
		if _, ok := document.Paths[path][method]; !ok {
			t.Errorf("%s %s is missing", method, path)
		}
	}
	if !strings.Contains(string(document.Paths["/secret"]["get"]), `"security":[{"admin":[]}]`) {
		t.Error("the document does not say that /secret is for administrators")
	}
	if again := s.get(t, "/openapi.json", "If-None-Match: "+got.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("an unchanged document is sent again: %d", again.status)
	}
	if body := s.get(t, "/hello").body; strings.Contains(body, "$schema") {
		t.Errorf("answers carry a schema: %s", body)
	}
}

func TestDocumentationNeedsNoOtherHost(t *testing.T) {
	s := serve(t, nil, api)
	page := s.get(t, "/docs")
	if strings.Contains(page.body, "//") || regexp.MustCompile(`(?i)<script>|<style|\son\w+=|style=`).MatchString(page.body) {
		t.Errorf("the page refers to other hosts or has something inline:\n%s", page.body)
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self';") {
		t.Errorf("policy %q", policy)
	}
	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(links) < 5 {
		t.Fatalf("links %q", links)
	}
	for _, link := range links {
		got := s.get(t, link[1], "Accept-Encoding: gzip")
		if got.status != http.StatusOK || len(got.body) == 0 {
			t.Errorf("%s answers %d with %d bytes", link[1], got.status, len(got.body))
		}
	}
	const bundle = "/docs/swagger-ui-bundle.js"
	packed, plain := s.get(t, bundle, "Accept-Encoding: gzip"), s.get(t, bundle, "Accept-Encoding: identity")
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(plain.body) {
		t.Errorf("the bundle is %d bytes packed and %d plain", len(packed.body), len(plain.body))
	}
	if !strings.Contains(plain.body, "SwaggerUIBundle") {
		t.Error("the plain bundle is no JavaScript")
	}
}
