package guide

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/literal"

	"github.com/aegis-stack/aegis/blueprints"
	"github.com/aegis-stack/aegis/schema"
)

// Step is one thing that is asked for.
type Step string

// The steps, in their order. Options come after the services, which bring
// components with options along.
const (
	StepName       Step = "Name"
	StepStarter    Step = "Start"
	StepComponents Step = "Components"
	StepServices   Step = "Services"
	StepOptions    Step = "Variants"
	StepReview     Step = "Review"
)

// Guide is what was answered so far. It knows nothing of terminals; going back
// and forward loses nothing.
type Guide struct {
	Name, Module string

	previews *Previewer
	entries  []schema.Entry
	starters []blueprints.Starter

	starter string
	chosen  map[string]bool
	values  map[string]string // of inline options, by component, where they were chosen
	step    Step
}

// NewGuide begins with what start says.
func NewGuide(s *schema.Schema, start Choices) (*Guide, error) {
	entries, err := s.Catalog()
	if err != nil {
		return nil, err
	}
	return &Guide{
		Name: start.Name, Module: start.Module,
		previews: NewPreviewer(s), entries: entries, starters: blueprints.Starters(),
		chosen: map[string]bool{}, values: map[string]string{}, step: StepName,
	}, nil
}

// Choices returns what was chosen.
func (g *Guide) Choices() Choices {
	return Choices{
		Name: g.Name, Module: g.Module, Starter: g.starter,
		Components: g.flag(schema.Infrastructure), Services: g.flag(schema.Service),
	}
}

// flag writes what was chosen of a kind as its flag takes it.
func (g *Guide) flag(kind schema.Kind) string {
	var items []string
	for _, e := range g.entries {
		item := e.Name
		if value := g.values[e.Name]; value != "" {
			item += "[" + value + "]"
		}
		if e.Kind == kind && g.chosen[e.Name] && g.addable(kind, item) == nil {
			items = append(items, item)
		}
	}
	return strings.Join(items, ",")
}

// addable returns what keeps an item from being added to the starter: the
// starter may have it already, or otherwise. It is nil where there is no starter.
func (g *Guide) addable(kind schema.Kind, item string) error {
	c := Choices{Name: "service", Starter: g.starter}
	if g.starter == "" {
		return nil
	}
	if kind == schema.Service {
		c.Services = item
	} else {
		c.Components = item
	}
	return g.previews.Resolved(c).Err
}

// resolved is what the choices lead to. The name makes no difference to that.
func (g *Guide) resolved() *Preview {
	c := g.Choices()
	c.Name, c.Module = "service", ""
	return g.previews.Resolved(c)
}

// Steps are those in which there is something to ask.
func (g *Guide) Steps() []Step {
	steps := []Step{StepName, StepStarter, StepComponents}
	if slices.ContainsFunc(g.entries, func(e schema.Entry) bool { return e.Kind == schema.Service }) {
		steps = append(steps, StepServices)
	}
	if len(g.variants()) > 0 {
		steps = append(steps, StepOptions)
	}
	return append(steps, StepReview)
}

// Next goes on by n steps, back if n is negative. It stays where there is no
// such step, and reports whether it moved.
func (g *Guide) Next(n int) bool {
	steps := g.Steps()
	i := slices.Index(steps, g.step) + n
	if i < 0 || i >= len(steps) {
		return false
	}
	g.step = steps[i]
	return true
}

// Mark says whether an item is part of the project.
type Mark int

// The marks.
const (
	Off     Mark = iota
	Chosen       // by the user
	Present      // for another reason
)

// Item is something to choose.
type Item struct {
	Name    string // empty for the empty starter
	Text    string // what it brings, in one line
	Mark    Mark
	Why     string // it is present, in a word or two
	One     bool   // exactly one of its group is chosen
	Group   string // the component whose variant it is
	Heading string // what the group is about
}

// Items returns what there is to choose in the step at hand.
func (g *Guide) Items() []Item {
	switch g.step {
	case StepStarter:
		items := []Item{{Text: "only what every project has", One: true, Mark: markIf(g.starter == "")}}
		for _, s := range g.starters {
			items = append(items, Item{Name: s.Name, Text: s.Summary, One: true, Mark: markIf(g.starter == s.Name)})
		}
		return items
	case StepComponents:
		return g.selectable(schema.Infrastructure)
	case StepServices:
		return g.selectable(schema.Service)
	case StepOptions:
		return g.variants()
	}
	return nil
}

func markIf(chosen bool) Mark {
	if chosen {
		return Chosen
	}
	return Off
}

func (g *Guide) selectable(kind schema.Kind) []Item {
	project := g.resolved().Project
	var items []Item
	for _, e := range g.entries {
		if e.Kind != kind {
			continue
		}
		item := Item{Name: e.Name, Text: e.Summary}
		switch {
		case g.starterHas(e.Name):
			item.Mark, item.Why = Present, "starter"
		case e.Always:
			item.Mark, item.Why = Present, "always"
		case g.chosen[e.Name]:
			item.Mark = Chosen
		case project != nil && project.Component(e.Name) != nil:
			item.Mark, item.Why = Present, "comes along"
		}
		items = append(items, item)
	}
	return items
}

// variants returns the alternatives of the components of the project.
func (g *Guide) variants() []Item {
	project := g.resolved().Project
	if project == nil {
		return nil
	}
	var items []Item
	for _, e := range g.entries {
		component := project.Component(e.Name)
		option := inline(e)
		if component == nil || option == nil {
			continue
		}
		for _, value := range texts(option.Choices) {
			items = append(items, Item{
				Name: value, One: true, Group: e.Name, Heading: option.Doc,
				Mark: markIf(component.Options[e.Inline] == value),
			})
		}
	}
	return items
}

// inline returns the option of an entry whose values are its variants, nil if
// it has none.
func inline(e schema.Entry) *schema.Option {
	for i, o := range e.Options {
		if e.Inline != "" && o.Path == e.Inline && len(o.Choices) > 1 {
			return &e.Options[i]
		}
	}
	return nil
}

// texts returns what CUE texts say.
func texts(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		text, err := literal.Unquote(v)
		if err != nil {
			text = v // a number
		}
		out[i] = text
	}
	return out
}

// Choose chooses the item, or gives it up again where that is possible. What
// keeps it from being chosen is an error.
func (g *Guide) Choose(item Item) error {
	switch g.step {
	case StepStarter:
		g.starter = item.Name
	case StepOptions:
		return g.chooseVariant(item)
	default:
		if why := g.fixed(item.Name); why != "" {
			return fmt.Errorf("%s is there already: %s", item.Name, why)
		}
		g.chosen[item.Name] = !g.chosen[item.Name]
	}
	return nil
}

// chooseVariant sets the inline option of a component. One that came along is
// chosen from then on, unless it is so by default, or because the starter says
// so.
func (g *Guide) chooseVariant(item Item) error {
	before := g.clone()
	delete(g.values, item.Group)
	if g.is(item) {
		return nil
	}
	g.chosen[item.Group], g.values[item.Group] = true, item.Name
	if g.is(item) {
		return nil
	}
	err := g.resolved().Err
	if err == nil { // the starter has another one
		i := slices.IndexFunc(g.entries, func(e schema.Entry) bool { return e.Name == item.Group })
		err = g.addable(g.entries[i].Kind, item.Group+"["+item.Name+"]")
	}
	*g = *before
	return err
}

// is tells whether a component of the project is in the variant.
func (g *Guide) is(variant Item) bool {
	return slices.ContainsFunc(g.variants(), func(v Item) bool {
		return v.Group == variant.Group && v.Name == variant.Name && v.Mark == Chosen
	})
}

// Alternatives returns two choices that differ in the item only: with it, and
// without it. For a variant the latter has another one.
func (g *Guide) Alternatives(item Item) (with, without Choices) {
	a, b := g.clone(), g.clone()
	switch g.step {
	case StepStarter:
		a.starter, b.starter = item.Name, ""
	case StepOptions:
		_ = a.chooseVariant(item) // or nothing differs
		others := slices.DeleteFunc(g.variants(), func(o Item) bool { return o.Group != item.Group || o.Name == item.Name })
		i := slices.IndexFunc(others, func(o Item) bool { return o.Mark == Chosen })
		_ = b.chooseVariant(others[max(i, 0)])
	default:
		if g.fixed(item.Name) == "" {
			a.chosen[item.Name], b.chosen[item.Name] = true, false
		}
	}
	return a.Choices(), b.Choices()
}

// fixed says why a component is there whatever is chosen, or "".
func (g *Guide) fixed(name string) string {
	if g.starterHas(name) {
		return "the starter has it"
	}
	if slices.ContainsFunc(g.entries, func(e schema.Entry) bool { return e.Name == name && e.Always }) {
		return "part of every project"
	}
	return ""
}

// starterHas tells whether the starter mentions a component.
func (g *Guide) starterHas(name string) bool {
	project := g.bare()
	return project != nil && project.Component(name) != nil &&
		slices.ContainsFunc(project.Component(name).Reasons, func(r schema.Reason) bool { return r.By == schema.ManifestName })
}

// bare is the project of the starter alone.
func (g *Guide) bare() *schema.Project {
	return g.previews.Resolved(Choices{Name: "service", Starter: g.starter}).Project
}

func (g *Guide) clone() *Guide {
	other := *g
	other.chosen, other.values = maps.Clone(g.chosen), maps.Clone(g.values)
	return &other
}

// nameError returns what is wrong with the name and the module, or with a
// project of that name where it would go.
func (g *Guide) nameError(config Config) error {
	if g.Name == "" {
		return errors.New("a service needs a name")
	}
	if err := g.previews.Resolved(Choices{Name: g.Name, Module: g.Module}).Err; err != nil {
		return err
	}
	return config.Refuse(g.Name)
}
