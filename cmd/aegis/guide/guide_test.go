package guide

import (
	"slices"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

// accounts is a service that needs a database.
const accounts = `package schema

#Services: accounts?: #Accounts

#Accounts: {
	#Component

	// How people sign in.
	method: *"password" | "link"
}

_registry: accounts: {
	namespace: "services"
	summary:   "people and their passwords"
	config:    #Accounts
	inline:    "method"
	in:        _
	requires: database: "keeps the people"
}
`

// previews are shared by the tests, which ask for the same ones.
var previews = sync.OnceValues(func() (*Previewer, error) {
	var sources []schema.Source
	for _, g := range all.Generators() {
		if text := g.Schema(); text != nil {
			sources = append(sources, schema.Source{Name: g.Name(), CUE: text})
		}
	}
	s, err := schema.New(append(sources, schema.Source{Name: "accounts", CUE: []byte(accounts)}))
	if err != nil {
		return nil, err
	}
	return NewPreviewer(s), nil
})

// newTestGuide returns a guide with all components that there are and one
// service.
func newTestGuide(t *testing.T) *Guide {
	t.Helper()
	p, err := previews()
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGuide(p.schema, Choices{Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	g.previews = p
	return g
}

// to goes to a step.
func (g *Guide) to(t *testing.T, step Step) {
	t.Helper()
	if g.step = step; !slices.Contains(g.Steps(), step) {
		t.Fatalf("there is no step %s in %s", step, g.Steps())
	}
}

// item returns the one of the name, in its group, of the step at hand.
func (g *Guide) item(t *testing.T, name string) Item {
	t.Helper()
	group, value, ok := strings.Cut(name, " ")
	if !ok {
		group, value = "", name
	}
	for _, item := range g.Items() {
		if item.Name == value && item.Group == group {
			return item
		}
	}
	t.Fatalf("%s has no %q: %v", g.step, name, g.Items())
	return Item{}
}

// Each line goes to a step and chooses something there.
func TestChoices(t *testing.T) {
	type choose struct {
		step Step
		name string
	}
	for _, c := range []struct {
		what    string
		choices []choose
		want    Choices
	}{
		{"nothing", nil, Choices{Name: "shop"}},
		{"a component", []choose{{StepComponents, "cache"}}, Choices{Name: "shop", Components: "cache"}},
		{"given up again", []choose{{StepComponents, "cache"}, {StepComponents, "cache"}}, Choices{Name: "shop"}},
		{"a service", []choose{{StepServices, "accounts"}}, Choices{Name: "shop", Services: "accounts"}},
		{"a variant", []choose{{StepComponents, "cache"}, {StepOptions, "cache memory"}}, Choices{Name: "shop", Components: "cache[memory]"}},
		{"the default need not be said", []choose{{StepComponents, "cache"}, {StepOptions, "cache memory"}, {StepOptions, "cache redis"}},
			Choices{Name: "shop", Components: "cache"}},
		{"a variant of what comes along chooses it", []choose{{StepServices, "accounts"}, {StepOptions, "database postgres"}},
			Choices{Name: "shop", Components: "database[postgres]", Services: "accounts"}},
		{"a variant stays while its component is given up", []choose{{StepComponents, "cache"}, {StepOptions, "cache memory"}, {StepComponents, "cache"}, {StepComponents, "cache"}},
			Choices{Name: "shop", Components: "cache[memory]"}},
		{"a starter has what is chosen already", []choose{{StepComponents, "database"}, {StepComponents, "scheduler"}, {StepStarter, "api"}},
			Choices{Name: "shop", Starter: "api", Components: "scheduler"}},
		{"a starter and a variant that it leaves open", []choose{{StepComponents, "database"}, {StepOptions, "database postgres"}, {StepStarter, "api"}},
			Choices{Name: "shop", Starter: "api", Components: "database[postgres]"}},
		{"a starter that contradicts a variant", []choose{{StepComponents, "cache"}, {StepOptions, "cache memory"}, {StepComponents, "database"}, {StepOptions, "database postgres"}, {StepStarter, "api"}, {StepStarter, ""}},
			Choices{Name: "shop", Components: "cache[memory],database[postgres]"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			g := newTestGuide(t)
			for _, choice := range c.choices {
				g.to(t, choice.step)
				if err := g.Choose(g.item(t, choice.name)); err != nil {
					t.Fatal(err)
				}
			}
			if got := g.Choices(); got != c.want {
				t.Errorf("the choices are %+v, want %+v", got, c.want)
			}
			if err := g.resolved().Err; err != nil {
				t.Error(err)
			}
		})
	}
}

// What cannot be chosen is refused with the reason, and changes nothing.
func TestRefusals(t *testing.T) {
	g := newTestGuide(t)
	g.to(t, StepStarter)
	if err := g.Choose(g.item(t, "saas")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		step       Step
		name, want string
	}{
		{StepComponents, "backend", "part of every project"},
		{StepComponents, "cache", "the starter has it"},
		{StepOptions, "database sqlite", `is "postgres" already`},
	} {
		g.to(t, c.step)
		before := g.Choices()
		if err := g.Choose(g.item(t, c.name)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("choosing %s: %v, want %q", c.name, err, c.want)
		}
		if g.Choices() != before {
			t.Errorf("choosing %s made %+v of %+v", c.name, g.Choices(), before)
		}
	}
}

// The steps are those in which there is something to ask.
func TestSteps(t *testing.T) {
	g := newTestGuide(t)
	want := []Step{StepName, StepStarter, StepComponents, StepServices, StepReview}
	if got := g.Steps(); !slices.Equal(got, want) {
		t.Errorf("the steps are %s, want %s", got, want)
	}
	g.to(t, StepServices)
	if err := g.Choose(g.item(t, "accounts")); err != nil {
		t.Fatal(err)
	}
	want = []Step{StepName, StepStarter, StepComponents, StepServices, StepOptions, StepReview}
	if got := g.Steps(); !slices.Equal(got, want) {
		t.Errorf("with a service that has a variant the steps are %s, want %s", got, want)
	}
	g.to(t, StepComponents)
	if item := g.item(t, "database"); item.Mark != Present || item.Why != "comes along" {
		t.Errorf("the database of the service is %+v", item)
	}
}

// What an item costs is the difference that it makes, and what comes along has
// its reason.
func TestAbout(t *testing.T) {
	g := newTestGuide(t)
	about := func(step Step, name string) string {
		t.Helper()
		g.to(t, step)
		item := g.item(t, name)
		with, without := g.Alternatives(item)
		g.previews.Of(with)
		g.previews.Of(without)
		return strings.Join(g.About(g.item(t, name)), "\n")
	}
	for _, c := range []struct {
		step Step
		name string
		want []string
	}{
		{StepComponents, "cache", []string{"It adds ", " files", "a container (redis)", "\n+ redis: keeps the entries"}},
		{StepComponents, "backend", []string{"It is there: part of every project."}},
		{StepStarter, "worker", []string{"+ worker: ", "+ redis: worker needs it: carries its queues"}},
	} {
		got := about(c.step, c.name)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s is %q, want %q", c.name, got, want)
			}
		}
	}

	for _, name := range []string{"cache", "database"} {
		g.to(t, StepComponents)
		if err := g.Choose(g.item(t, name)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := about(StepComponents, "redis"), "It is there: cache needs it: keeps the entries."; !strings.Contains(got, want) {
		t.Errorf("redis is %q, want %q", got, want)
	}
	if got, want := about(StepComponents, "worker"), "It needs redis, which is there: carries its queues."; !strings.Contains(got, want) {
		t.Errorf("worker is %q, want %q", got, want)
	}
	if got, want := about(StepOptions, "database postgres"), "a container (postgres)"; !strings.Contains(got, want) {
		t.Errorf("postgres is %q, want %q", got, want)
	}
}

func TestTree(t *testing.T) {
	p := newTestGuide(t).previews
	with, without := p.Of(Choices{Name: "shop", Components: "cache"}), p.Of(Choices{Name: "shop"})
	cost := CostOf(with, without)
	files, added := 0, 0
	for _, f := range with.Tree(cost) {
		files += f.Files
		if f.New {
			added += f.Files
		}
		if f.New != (f.Path == "internal/cache" || f.Path == "internal/redis" || f.Path == "internal/output") && f.Path != "." {
			t.Errorf("%+v", f)
		}
	}
	if files != len(with.Outline.Files)+1 {
		t.Errorf("the tree has %d files, the project %d and its manifest", files, len(with.Outline.Files))
	}
	if added < cost.Files || cost.Files != len(with.Outline.Files)-len(without.Outline.Files) {
		t.Errorf("the cache adds %d files, of %d in their folders", cost.Files, added)
	}
}

func TestCommandLines(t *testing.T) {
	choices := Choices{Name: "shop", Module: "example.com/shop", Starter: "./it's mine.cue", Components: "cache[memory],database[postgres]"}
	got := commandLines(choices.Command(), 60)
	want := []string{
		`  aegis init shop --module example.com/shop \`,
		`    --starter './it'\''s mine.cue' \`,
		`    --components 'cache[memory],database[postgres]'`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("the command is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The screen never is wider or higher than the terminal.
func TestViewFits(t *testing.T) {
	g := newTestGuide(t)
	for _, name := range []string{"cache", "worker", "database"} {
		g.to(t, StepComponents)
		if err := g.Choose(g.item(t, name)); err != nil {
			t.Fatal(err)
		}
	}
	// The service has no generator that could be rendered.
	config := Config{
		Folder: func(name string) string { return name }, Refuse: func(string) error { return nil },
		Command: Choices.Command,
	}
	s := newScreen(g, config)
	for cmd := s.previewNext(); cmd != nil; cmd = s.previewNext() {
		s.Update(cmd())
	}
	for _, step := range g.Steps() {
		for _, size := range [][2]int{{80, 24}, {200, 60}, {60, 24}, {80, 10}, {30, 12}, {10, 5}} {
			g.step = step
			s.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			lines := strings.Split(s.View().Content, "\n")
			if size[1] >= 10 && len(lines) > size[1] {
				t.Errorf("%s has %d lines on a terminal of %v", step, len(lines), size)
			}
			for _, line := range lines {
				if size[0] >= 80 && ansi.StringWidth(line) > size[0] {
					t.Errorf("%s: %q is wider than a terminal of %v", step, line, size)
				}
			}
		}
	}
}

func TestField(t *testing.T) {
	f := newField("shop")
	for _, step := range []struct{ key, want string }{
		{"home", "|shop"}, {"right", "s|hop"}, {"delete", "s|op"}, {"backspace", "|op"}, {"backspace", "|op"},
		{"end", "op|"}, {"left", "o|p"}, {"ctrl+u", "|p"}, {"ctrl+k", "|"}, {"delete", "|"},
	} {
		f.key(step.key)
		if got := string(f.text[:f.at]) + "|" + string(f.text[f.at:]); got != step.want {
			t.Errorf("%s makes %q, want %q", step.key, got, step.want)
		}
	}
	f.insert("a\tb\x1b[31m\n")
	if got := string(f.text); got != "ab[31m" {
		t.Errorf("what cannot be shown stays in %q", got)
	}
	if text, at := f.window(4); text != "31m" || at != 3 {
		t.Errorf("the window shows %q with the cursor at %d", text, at)
	}
}
