package frontend

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// everything is a tree with all that a node can have.
func everything() health.Node {
	return tree(0,
		health.Node{Name: "plain", Status: health.Healthy},
		health.Node{Name: "database", Status: health.Warning, Message: "replica is behind", LatencyMS: 2.5,
			Figures: []health.Figure{
				{Name: "connections", Value: 8, Max: 10},
				{Name: "size", Value: 3 << 30, Unit: "bytes"},
				{Name: "engine", Text: "PostgreSQL 17"},
			},
			Children: []health.Node{
				{Name: "primary", Status: health.Healthy},
				{Name: "replica", Status: health.Warning, Message: "12 s behind", Children: []health.Node{
					{Name: "archive", Status: health.Info, Message: "switched off"},
				}},
			},
		},
		health.Node{Name: "note", Status: health.Info, Message: "worth knowing"},
		health.Node{Name: "queue", Status: health.Unhealthy, Message: "connection refused"},
		health.Node{Name: "odd", Status: "exploded"},
	)
}

func TestOverviewHasACardForEachComponent(t *testing.T) {
	page := drawn(t, "/", everything())
	wantAll(t, page,
		"Something is not working", "Unhealthy – Shop",
		`<a href="/components/plain">Plain</a>`, `<a href="/components/database">Database</a>`,
		"replica is behind", "connection refused", "worth knowing",
		`value="8"`, "8", "/ 10", "3 GiB", "PostgreSQL 17",
		"checked in 2.5 ms", "checked at <time", "12:00:00 UTC</time>",
	)
	// Colour alone would tell some readers nothing.
	for status, word := range ui.Words {
		wantAll(t, page, `data-status="`+string(status)+`"`, "</svg>"+word)
	}
}

func TestOverviewSumsUp(t *testing.T) {
	for status, want := range map[health.Status]string{
		health.Healthy:   "Everything is working<",
		health.Info:      "Everything is working, with a note<",
		health.Warning:   "Working, but not as it should<",
		health.Unhealthy: "Something is not working<",
		"exploded":       "Something is not working<",
	} {
		page := drawn(t, "/", tree(0, health.Node{Name: "worker", Status: status, Message: "so it is"}))
		wantAll(t, page, want)
		named := strings.Contains(page, "<strong>Worker</strong>: so it is")
		if healthy := status == health.Healthy; named == healthy {
			t.Errorf("%s: the worker is named as the reason: %t", status, named)
		}
	}
}

func TestSilentNodeIsExplainedByItsChild(t *testing.T) {
	root := tree(0, health.Node{Name: "database", Status: health.Warning, Children: []health.Node{
		{Name: "primary", Status: health.Healthy, Message: "all is well"},
		{Name: "replica", Status: health.Warning, Children: []health.Node{{Name: "disk", Status: health.Warning, Message: "nearly full"}}},
	}})
	wantAll(t, drawn(t, "/", root), "<strong>Database</strong>: Replica: Disk: nearly full", `<p class="message">Replica: Disk: nearly full`)
	wantAll(t, drawn(t, "/components/database", root), "<strong>Warning</strong>: Replica: Disk: nearly full")
}

func TestServicesHaveTheirOwnHeading(t *testing.T) {
	root := tree(0, health.Node{Name: "worker", Status: health.Healthy})
	root.Children = append(root.Children,
		health.Node{Name: "services", Children: []health.Node{{Name: "payments", Status: health.Healthy}}},
		health.Node{Name: "system", Status: health.Healthy})
	page := drawn(t, "/", root)
	wantAll(t, page, "<h2>Components</h2>", "<h2>Services</h2>", "<h2>System</h2>",
		`href="/components/payments"`, `href="/components/system"`)
	wantAll(t, drawn(t, "/components/payments", root), "<h1>Payments</h1>")
}

func TestHostileTextIsOnlyText(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	node := health.Node{
		Name: hostile, Status: hostile, Message: hostile,
		Figures:  []health.Figure{{Name: hostile, Text: hostile}, {Name: hostile, Value: 1, Max: 2, Unit: hostile}},
		Children: []health.Node{{Name: hostile, Status: hostile, Message: hostile}},
	}
	for _, path := range []string{"/", "/components/" + url.PathEscape(hostile)} {
		page := drawn(t, path, tree(0, node))
		wantNone(t, page, "<script>", "<img src=x")
		wantAll(t, page, "&lt;script&gt;")
	}
}

func TestOnlyTheOverviewIsWatchedInTheBackground(t *testing.T) {
	overview := drawn(t, "/", everything())
	wantAll(t, overview, `data-stream="/events?layout=`, "data-watch", `http-equiv="refresh"`)
	// Its form would lose what somebody types.
	detail := drawn(t, "/components/database", everything())
	wantAll(t, detail, `data-stream="/components/database/events?layout=`)
	wantNone(t, detail, "data-watch", `http-equiv="refresh"`)
}

func TestDetailShowsAllThatIsKnown(t *testing.T) {
	others := &pagedPart{part: newPart("database", health.Node{}), page: h.P(g.Text("three tables"))}
	page := drawn(t, "/components/database", everything(), others)
	wantAll(t, page,
		"<h1>Database</h1>", "<strong>Warning</strong>: replica is behind",
		"Connections", "of 10", "<meter", "3 GiB", "PostgreSQL 17", "Check latency", "2.5 ms",
		"<p>three tables</p>",
		"Primary", "Replica", "12 s behind", "Archive", "switched off",
		"2026-03-01 12:00:00 UTC",
		"<code>backup FILE</code>", "copy the database",
		`aria-current="page">Database`,
	)
}

func TestDetailOfANodeWithNothing(t *testing.T) {
	page := drawn(t, "/components/plain", everything())
	wantAll(t, page, "<h1>Plain</h1>", "<strong>Healthy</strong>")
	wantNone(t, page, "<h2>Parts</h2>", "<h2>Commands</h2>")
}

func TestBrokenPageOfAComponentKeepsItsErrorToItself(t *testing.T) {
	others := &pagedPart{part: newPart("database", health.Node{}), err: errors.New("password is hunter2")}
	page := drawn(t, "/components/database", everything(), others)
	wantAll(t, page, "<h1>Database</h1>", "could not be drawn")
	wantNone(t, page, "hunter2")
}

// Whatever the policy of the server forbids would be missing on the page.
var inline = regexp.MustCompile(`(?i)<style|<script(?:\s[^>]*)?>[^<]|\sstyle\s*=|\son[a-z]+\s*=|javascript:|https?://`)

func TestPagesHaveNothingInline(t *testing.T) {
	s := start(t, nil, &pagedPart{part: newPart("database", everything().Children[0].Children[1]), page: h.P(g.Text("tables"))})
	for _, path := range []string{"/", "/components/database", "/components/system", "/components/nothing", "/nowhere"} {
		answer, page := s.get(path)
		if found := inline.FindAllString(page, -1); found != nil {
			t.Errorf("%s has %q", path, found)
		}
		policy := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
}

func TestPagesCanBeReachedByEverybody(t *testing.T) {
	for _, path := range []string{"/", "/components/database"} {
		page := drawn(t, path, everything())
		wantAll(t, page,
			`<html lang="en"`, `content="width=device-width, initial-scale=1"`,
			`<a class="skip" href="#main">`, `<main id="main"`, "<header", "<footer", "<nav",
			`aria-live="polite"`, `role="status"`, "<noscript><a href=",
		)
		if n := strings.Count(page, "<h1"); n != 1 {
			t.Errorf("%s has %d main headings", path, n)
		}
		for _, tag := range regexp.MustCompile(`<svg[^>]*>`).FindAllString(page, -1) {
			if !strings.Contains(tag, `aria-hidden="true"`) {
				t.Errorf("%s reads out a drawing: %s", path, tag)
			}
		}
		ids := map[string]bool{}
		for _, id := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if ids[id[1]] {
				t.Errorf("%s has the id %q twice", path, id[1])
			}
			ids[id[1]] = true
		}
	}
}

func TestUnknownPages(t *testing.T) {
	s := start(t, nil)
	for _, path := range []string{"/nowhere", "/components/nobody", "/components/"} {
		answer, page := s.get(path)
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s has the status %d", path, answer.StatusCode)
		}
		wantAll(t, page, "There is nothing here", `class="masthead"`, `href="/"`)
	}
}

func TestDashboardOnItsOwnAddress(t *testing.T) {
	s := start(t, []string{"DASHBOARD_ADDR=127.0.0.1:0", "DASHBOARD_TITLE=The Shop"})
	if answer, page := s.getFrom("dashboard", "/"); answer.StatusCode != http.StatusOK {
		t.Errorf("the dashboard answers %d on its own address", answer.StatusCode)
	} else {
		wantAll(t, page, "<span>The Shop</span>")
		wantNone(t, page, `href="/docs"`)
	}
	if answer, _ := s.get("/"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the dashboard answers %d on the address of the API", answer.StatusCode)
	}
}

// pressed is a component whose page has a button.
type pressed struct{}

func (pressed) Name() string { return "pressed" }

func (pressed) Routes(r *app.Routes) {
	r.HandleAdmin("POST /components/pressed/{what}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/components/pressed?did="+r.PathValue("what"), http.StatusSeeOther)
	}))
}

func TestButtonsWorkOnTheDashboardsOwnAddress(t *testing.T) {
	s := start(t, []string{"DASHBOARD_ADDR=127.0.0.1:0"}, pressed{})
	s.urls["api"] = s.urls["dashboard"]
	answer, _ := s.post("/components/pressed/it", nil)
	if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || to != "/components/pressed?did=it" {
		t.Errorf("a button answers %d and leads to %q", answer.StatusCode, to)
	}
	if answer, _ := s.post("/components/nobody/it", nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the button of nobody answers %d", answer.StatusCode)
	}
}
