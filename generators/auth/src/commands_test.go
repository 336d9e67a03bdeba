package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

// command runs a command in a process of its own, as far as it can tell.
func command(t *testing.T, db, input, line string) (string, error) {
	t.Helper()
	cmd := build(t, db).auth.Commands()[0]
	var out strings.Builder
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetIn(strings.NewReader(input))
	cmd.SilenceUsage = true
	cmd.SetArgs(strings.Fields(line))
	err := cmd.ExecuteContext(context.WithoutCancel(t.Context()))
	return out.String(), err
}

func TestCommandsWorkOnTheDatabase(t *testing.T) {
	db := databasetest.URL(t)
	s := startAt(t, db)
	run := func(line string) string {
		t.Helper()
		out, err := command(t, db, "", line)
		if err != nil {
			t.Fatalf("users %s: %v\n%s", line, err, out)
		}
		return out
	}
	link := run("create --admin --name Ada Ada@example.com")
	v := s.browser()
	wantStatus(t, "choosing a password", v.post("/reset", "ticket", ticketOf(t, link), "new", good), http.StatusOK)
	v.signIn(ada, good)
	wantStatus(t, "the dashboard", v.get("/"), http.StatusOK)

	if out, err := command(t, db, good+"\n", "create --password-stdin "+eve); err != nil || out != "" {
		t.Errorf("creating prints %q (%v)", out, err)
	}
	tokens := s.login(eve, good)
	var list []struct {
		Email    string `json:"email"`
		Admin    bool   `json:"admin"`
		Verified bool   `json:"verified"`
	}
	if err := json.Unmarshal([]byte(run("list --json")), &list); err != nil || len(list) != 2 || !list[0].Admin || list[1].Admin || !list[1].Verified {
		t.Errorf("the list is %+v (%v)", list, err)
	}
	if out := run("list ADA"); !strings.Contains(out, "administrator") || strings.Contains(out, eve) {
		t.Errorf("a search prints %s", out)
	}
	if out := run("sessions " + eve); !strings.Contains(out, "program") || !strings.Contains(out, "127.0.0.1") {
		t.Errorf("the sessions are %s", out)
	}
	run("revoke " + eve)
	wantStatus(t, "the revoked session", s.api("GET", "/api/v1/auth/profile", tokens.Access, ""), http.StatusUnauthorized)
	run("disable " + eve)
	wantStatus(t, "who is disabled", s.api("POST", "/api/v1/auth/login", "", object("email", eve, "password", good)), http.StatusForbidden)
	run("enable " + eve)
	s.login(eve, good)
	run("grant-admin " + eve)
	if out := run("list " + eve); !strings.Contains(out, "administrator") {
		t.Errorf("it prints %s", out)
	}
	run("revoke-admin " + eve)
	wantStatus(t, "a link from the command line",
		s.browser().post("/reset", "ticket", ticketOf(t, run("reset-password "+eve)), "new", other), http.StatusOK)
	s.login(eve, other)
	if out := run("audit " + eve); !strings.Contains(out, "password reset") || !strings.Contains(out, "command line") || strings.Count(out, "created") != 1 {
		t.Errorf("the audit log is %s", out)
	}
	var events []Event
	if err := json.Unmarshal([]byte(run("audit --json --limit 3")), &events); err != nil || len(events) != 3 {
		t.Errorf("the audit log is %+v (%v)", events, err)
	}

	for line, want := range map[string]string{
		"create nobody":              "want an e-mail address",
		"create " + ada:              "there is a user with this e-mail address",
		"disable nobody@example.com": "there is no such user",
		"audit nobody@example.com":   "there is no such user",
		"create":                     "accepts 1 arg",
	} {
		if out, err := command(t, db, "", line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("users %s: %v, want %q\n%s", line, err, want, out)
		}
	}
	if _, err := command(t, db, "password\n", "create --password-stdin x@example.com"); err == nil || !strings.Contains(err.Error(), "guessed first") {
		t.Errorf("a bad password: %v", err)
	}
}

// TestCommandsTell has the user learn what a command has done to the account.
func TestCommandsTell(t *testing.T) {
	db := databasetest.URL(t)
	s := startAt(t, db)
	s.user(eve, false)
	v := s.browser()
	v.signIn(eve, good)
	v.addFactor()
	s = build(t, db)
	cmd := s.auth.Commands()[0]
	cmd.SetArgs([]string{"remove-factor", eve})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters := s.letters(eve); len(letters) != 1 || !strings.Contains(letters[0], "removed the second factor") {
		t.Errorf("the letters are %q", letters)
	}
}

// TestKeysOfAnotherSecret starts with a secret that the keys in the database were
// not sealed with: everybody signs in again, and nothing else happens.
func TestKeysOfAnotherSecret(t *testing.T) {
	db := databasetest.URL(t)
	before := startAt(t, db)
	before.user(ada, false)
	tokens := before.login(ada, good)
	after := startAt(t, db, "AUTH_SECRET=another secret of more than 32 characters")
	wantStatus(t, "a token of before", after.api("GET", "/api/v1/auth/profile", tokens.Access, ""), http.StatusUnauthorized)
	after.login(ada, good)
	if !strings.Contains(after.log.String(), "a key of access tokens cannot be read") {
		t.Error("the log does not say so")
	}
}

func TestProductionSaysWhatIsMissing(t *testing.T) {
	out := configProblem(t, "ENV=production", "AUTH_SECRET=too short", "AUTH_URL=ftp://x", "AUTH_PROVIDERS=google,corp", "AUTH_GOOGLE_ISSUER=https://accounts.google.com", "AUTH_CORP_CLIENT_ID=shop")
	for _, want := range []string{"SHOP_AUTH_SECRET: want at least 32", "SHOP_AUTH_URL", "want a URL such as", "SHOP_MAIL_URL: needed in production, such as smtp://", "SHOP_MAIL_FROM: needed", "SHOP_AUTH_GOOGLE_CLIENT_ID: needed in production", "SHOP_AUTH_CORP_ISSUER: needed in production"} {
		if !strings.Contains(out, want) {
			t.Errorf("the problems lack %q:\n%s", want, out)
		}
	}
}

func TestProvidersThatAreWrong(t *testing.T) {
	for settings, want := range map[string]string{
		"AUTH_PROVIDERS=Google":        `SHOP_AUTH_PROVIDERS="Google": want names such as google`,
		"AUTH_PROVIDERS=google,google": "SHOP_AUTH_PROVIDERS: google is there twice",
		"AUTH_PROVIDERS=corp AUTH_CORP_ISSUER=accounts AUTH_CORP_CLIENT_ID=shop":              `SHOP_AUTH_CORP_ISSUER="accounts": want a URL`,
		"AUTH_PROVIDERS=corp AUTH_CORP_ISSUER=http://id.example.com AUTH_CORP_CLIENT_ID=shop": "SHOP_AUTH_CORP_*: the issuer \"http://id.example.com\" is not an https:// URL",
		"AUTH_PROVIDERS=corp AUTH_GOOGLE_CLIENT_ID=shop":                                      "SHOP_AUTH_GOOGLE_CLIENT_ID is not a variable of shop",
	} {
		if out := configProblem(t, strings.Fields(settings)...); !strings.Contains(out, want) {
			t.Errorf("%s: the problems lack %q:\n%s", settings, want, out)
		}
	}
}

// TestProvidersThatAreNotConfigured starts with what the manifest alone gives in
// development.
func TestProvidersThatAreNotConfigured(t *testing.T) {
	s := start(t, "AUTH_PROVIDERS=google,corp_sso", "AUTH_GOOGLE_ISSUER=https://accounts.google.com")
	v := s.browser()
	wantStatus(t, "the sign-in", v.get("/login"), 200, "Google is not configured: set", "SHOP_AUTH_GOOGLE_CLIENT_ID", "Corp sso is not configured", "SHOP_AUTH_CORP_SSO_ISSUER")
	wantStatus(t, "going there", v.get("/login/provider/google"), 503, "This provider is not configured.")
	wantStatus(t, "coming back", v.get("/login/provider/google/back?code=x&state=y"), 401)
	wantStatus(t, "one that does not exist", v.get("/login/provider/other"), 404, "There is no such provider.")
	s.user(ada, false)
	v.signIn(ada, good)
	wantStatus(t, "the account", v.get("/account"), 200, "Google is not configured")
	wantStatus(t, "linking", v.post("/account/providers/google", "password", good), 503)
}
