// Package providertest is a real OpenID provider for tests. It is not part of
// what is generated, whose tests would otherwise need all that a provider does.
package providertest

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// What a client is called at the provider, its secret, and the address of the
// user who signs in.
const (
	ClientID = "shop"
	Secret   = "s3cret"
	Email    = "test-user2@zitadel.ch"
)

// Start runs a provider until the test ends, with a client that people come back
// to at the URL redirect.
func Start(t *testing.T, redirect string) (issuer string) {
	t.Helper()
	var provider http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) }) // the provider's is everybody's
	clients := map[string]*storage.Client{ClientID: storage.WebClient(ClientID, Secret, redirect)}
	provider = exampleop.SetupServer(server.URL, storage.NewStorageWithClients(storage.NewUserStore(server.URL), clients),
		slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	return server.URL
}

// SignIn is what a person does in the browser, from the address that leads to the
// provider. It returns the one that leads back, whose host is that of redirect.
func SignIn(t *testing.T, address, redirect string) *url.URL {
	t.Helper()
	to, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == to.Host {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page := open(t, browser, http.MethodGet, address, nil)
	form := url.Values{"username": {"test-user2"}, "password": {"verysecure"}, "id": {page.Query().Get("authRequestID")}}
	open(t, browser, http.MethodPost, page.String(), form)
	if back == nil {
		t.Fatal("the provider does not send the browser back")
	}
	return back
}

// open returns the address of the page that the browser ends at.
func open(t *testing.T, browser *http.Client, method, address string, form url.Values) *url.URL {
	t.Helper()
	var response *http.Response
	var err error
	if method == http.MethodPost {
		response, err = browser.PostForm(address, form)
	} else {
		response, err = browser.Get(address)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s", method, address, response.Status)
	}
	return response.Request.URL
}
