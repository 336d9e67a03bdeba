package app_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

const token = "correct horse battery"

func guard(t *testing.T, environ ...string) *app.TokenGuard {
	t.Helper()
	a, err := app.New(app.Options{Name: "shop", Environ: environ, LogTo: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	g, ok := a.Guard().(*app.TokenGuard)
	if !ok {
		t.Fatalf("the guard is a %T", a.Guard())
	}
	return g
}

// admit asks for an administrator's access.
func admit(g app.Guard, r *http.Request) error {
	_, err := g.Admit(r, app.Admin)
	return err
}

func request(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func TestWhoIsAnAdministrator(t *testing.T) {
	const withToken = "SHOP_ADMIN_TOKEN=" + token
	for _, test := range []struct {
		name    string
		environ []string
		header  string
		want    error
	}{
		{"development is open", nil, "", nil},
		{"production without a token is closed", []string{"SHOP_ENV=production"}, "", app.ErrClosed},
		{"and an empty token opens nothing", []string{"SHOP_ENV=production"}, "Authorization: Bearer ", app.ErrClosed},
		{"a token closes development too", []string{withToken}, "", app.ErrSignIn},
		{"right token", []string{withToken, "SHOP_ENV=production"}, "Authorization: Bearer " + token, nil},
		{"wrong token", []string{withToken}, "Authorization: Bearer " + token + "!", app.ErrSignIn},
		{"wrong scheme", []string{withToken}, "Authorization: Basic " + token, app.ErrSignIn},
		{"the token is no session", []string{withToken}, "Cookie: shop_session=" + token, app.ErrSignIn},
		{"forged session", []string{withToken}, "Cookie: shop_session=99999999999.00", app.ErrSignIn},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := request()
			if test.header != "" {
				r = request(test.header)
			}
			g := guard(t, test.environ...)
			if err := admit(g, r); !errors.Is(err, test.want) {
				t.Errorf("Admit = %v, want %v", err, test.want)
			}
			if _, err := g.Admit(r, app.SignedIn); !errors.Is(err, app.ErrClosed) {
				t.Errorf("to an account, Admit = %v", err)
			}
		})
	}
}

func TestClosedSaysHowToOpen(t *testing.T) {
	err := admit(guard(t, "SHOP_ENV=production"), request())
	if err == nil || !strings.Contains(err.Error(), "SHOP_ADMIN_TOKEN") {
		t.Errorf("error = %v, want one that names the variable", err)
	}
}

func TestSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, "SHOP_ADMIN_TOKEN="+token)
		w := httptest.NewRecorder()
		if g.SignIn(w, request(), "wrong") || len(w.Result().Cookies()) != 0 {
			t.Fatal("signed in with a wrong token")
		}
		w = httptest.NewRecorder()
		if !g.SignIn(w, request("X-Forwarded-Proto: https"), token) {
			t.Fatal("not signed in with the right token")
		}
		cookie := w.Result().Cookies()[0]
		if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode {
			t.Errorf("cookie %v is not HttpOnly, Secure and SameSite=Strict", cookie)
		}
		if strings.Contains(cookie.Value, token) {
			t.Error("the token is in the cookie")
		}
		session := "Cookie: " + cookie.Name + "=" + cookie.Value

		if err := admit(g, request(session)); err != nil {
			t.Errorf("Admit with session = %v", err)
		}
		if !g.SignedIn(request(session)) {
			t.Error("not signed in with the session")
		}
		if err := admit(guard(t, "SHOP_ADMIN_TOKEN="+token), request(session)); err != nil {
			t.Errorf("after a restart: %v", err)
		}
		if admit(guard(t, "SHOP_ADMIN_TOKEN=another token for all"), request(session)) == nil {
			t.Error("the session survived a change of the token")
		}
		later := strings.Replace(session, "=", "=9", 1)
		if admit(g, request(later)) == nil {
			t.Error("the end of the session can be moved")
		}
		time.Sleep(13 * time.Hour)
		if admit(g, request(session)) == nil {
			t.Error("the session does not end")
		}

		w = httptest.NewRecorder()
		g.SignOut(w, request())
		if c := w.Result().Cookies()[0]; c.Value != "" || c.Expires.After(time.Now()) {
			t.Errorf("after signing out the cookie is %v", c)
		}
	})
}
