package cache

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/blueprints/service/remote"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

// serve runs the application on a free port and returns its cache and its URL.
func serve(t *testing.T, settings ...string) (*Component, *fake, string) {
	t.Helper()
	a, c, f := newApp(t, append(settings, "SHOP_ADDR=127.0.0.1:0", "SHOP_SHUTDOWN_TIMEOUT=5s")...)
	apptest.Run(t, a)
	return c, f, strings.Replace(app.All[*backend.Component](c.app)[0].Addresses()[0].URL, "//localhost:", "//127.0.0.1:", 1)
}

// command runs a command of another process of the same application.
func command(t *testing.T, settings []string, args ...string) (string, error) {
	t.Helper()
	_, c, _ := newApp(t, settings...)
	var out bytes.Buffer
	cmd := c.Commands()[0]
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestCommands(t *testing.T) {
	c, _, url := serve(t)
	here := []string{"SHOP_ADDR=" + strings.TrimPrefix(url, "http://")}
	var one, two atomic.Int64
	fill := func(wantOne, wantTwo int) {
		t.Helper()
		price(t, c, "product:1", 0, &one, wantOne, "shelf:1")
		price(t, c, "product:2", 0, &two, wantTwo, "shelf:2")
	}
	fill(1, 1)
	fill(1, 1)
	out, err := command(t, here, "stats")
	want := "prefix   hits  misses  ratio\nproduct  2     2       50.0%\nall      2     2       50.0%\n\nentries 4, evictions 0, errors 0\n"
	if out != want || err != nil {
		t.Errorf("stats: %v\n%s\nwant\n%s", err, out, want)
	}
	if out, err = command(t, here, "stats", "--json"); !strings.Contains(out, `"misses": 2`) || err != nil {
		t.Errorf("stats --json: %v\n%s", err, out)
	}
	if out, err = command(t, here, "clear", "--tag", "shelf:1"); out != "" || err != nil {
		t.Errorf("clear --tag: %q, %v", out, err)
	}
	fill(2, 1)
	if out, err = command(t, here, "clear"); out != "" || err != nil {
		t.Errorf("clear: %q, %v", out, err)
	}
	fill(3, 2)
	_, err = command(t, nil, "stats", "--url", "http://127.0.0.1:1")
	if exit, ok := errors.AsType[*remote.ExitError](err); !ok || exit.Code != remote.Unreachable {
		t.Errorf("without the application: %v", err)
	}
}

func TestOnlyAdministratorsClear(t *testing.T) {
	const token = "correct-horse-battery"
	c, f, url := serve(t, "SHOP_ENV=production", "SHOP_ADMIN_TOKEN="+token)
	if err := Set(t.Context(), c, "a:1", 0, 1); err != nil {
		t.Fatal(err)
	}
	here := []string{"SHOP_ADDR=" + strings.TrimPrefix(url, "http://")}
	for _, args := range [][]string{{"stats"}, {"clear"}} {
		if _, err := command(t, here, args...); err == nil || !strings.Contains(err.Error(), "SHOP_ADMIN_TOKEN") {
			t.Errorf("%v without the token: %v", args, err)
		}
	}
	post := func(header string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+clearPath, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		defer client.CloseIdleConnections()
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if status := post(""); status != http.StatusUnauthorized || len(f.values) != 1 {
		t.Errorf("the public clears: %d", status)
	}
	if status := post("Bearer " + token); status != http.StatusSeeOther || len(f.values) != 0 {
		t.Errorf("an administrator clears: %d", status)
	}
	f.down.Store(true)
	if _, err := command(t, append(here, "SHOP_ADMIN_TOKEN="+token), "clear"); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("clear without the store: %v", err)
	}
}

func TestPageAndCard(t *testing.T) {
	c, f := newCache(t)
	page := func() string {
		node, err := c.Page(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := node.Render(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if text := page(); !strings.Contains(text, "Nothing was asked for") {
		t.Errorf("at first the page is\n%s", text)
	}
	var calls atomic.Int64
	for range 4 {
		price(t, c, "product:1", 0, &calls, 1)
	}
	for _, want := range []string{"<code>product</code></td><td>3</td><td>1</td><td>75.0%", `action="/components/cache/clear"`} {
		if text := page(); !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	n := c.Check(t.Context())
	if n.Status != "healthy" || n.Figures[0].Value != 75 || n.Figures[3].Value != 1 {
		t.Errorf("the card is %+v", n)
	}
	f.down.Store(true)
	if n := c.Check(t.Context()); n.Status != "warning" {
		t.Errorf("without the store it is %s", n.Status)
	}
}

func TestFailuresAreForgottenAfterAWhile(t *testing.T) {
	var c counts
	now := time.Now()
	logged := 0
	for i := range 30 {
		if c.fail(now.Add(time.Duration(i)*time.Second), errDown) {
			logged++
		}
	}
	if logged != 3 {
		t.Errorf("%d of 30 failures in 30s are logged, want 3", logged)
	}
	if c.failure(now.Add(35*time.Second)) == nil || c.failure(now.Add(45*time.Second)) != nil {
		t.Error("failures count too long, or not long enough")
	}
}
