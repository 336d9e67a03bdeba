package guide

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/schema"
)

// pending stands for what is not known yet.
const pending = "..."

// About says of an item what it brings, what that costs and what comes along
// and why, a sentence each. The costs need previews of both alternatives; until
// those were made, pending stands for them.
func (g *Guide) About(item Item) []string {
	about := []string{item.Text}
	if item.Group != "" {
		about = []string{item.Heading}
	}
	if item.Mark == Present {
		about = append(about, g.present(item.Name))
	}
	choices, others := g.Alternatives(item)
	if choices == others {
		return about
	}
	with, without := g.previews.Made(choices), g.previews.Made(others)
	switch {
	case with == nil || without == nil:
		return append(about, pending)
	case with.Err != nil:
		return append(about, with.Err.Error())
	}
	cost := CostOf(with, without)
	about = append(about, cost.sentence())
	self := item.Name
	if g.step == StepStarter {
		self = "" // a component may have the name of a starter
	}
	for i := range with.Project.Components {
		c := &with.Project.Components[i]
		needed := slices.IndexFunc(c.Reasons, func(r schema.Reason) bool { return r.By == self })
		switch added := slices.Contains(cost.Components, c.Name); {
		case c.Name == self:
		case added && needed >= 0:
			about = append(about, "+ "+c.Name+": "+c.Reasons[needed].Because)
		case added:
			about = append(about, "+ "+c.Name+": "+reason(c))
		case needed >= 0 && g.fixed(c.Name) == "":
			about = append(about, "It needs "+c.Name+", which is there: "+c.Reasons[needed].Because+".")
		}
	}
	return about
}

// present says why a component is there that nobody chose.
func (g *Guide) present(name string) string {
	if why := g.fixed(name); why != "" {
		return "It is there: " + why + "."
	}
	return "It is there: " + reason(g.resolved().Project.Component(name)) + "."
}

// reason says why a component is part of a project, who needs it first.
func reason(c *schema.Component) string {
	i := max(0, slices.IndexFunc(c.Reasons, func(r schema.Reason) bool { return r.By != "aegis" && r.By != schema.ManifestName }))
	switch r := c.Reasons[i]; r.By {
	case schema.ManifestName:
		return c.Summary
	case "aegis":
		return r.Because
	default:
		return r.By + " needs it: " + r.Because
	}
}

// sentence says what it costs.
func (c Cost) sentence() string {
	var parts []string
	if c.Files > 0 {
		parts = append(parts, counted(c.Files, "file"))
	}
	if c.Modules > 0 {
		parts = append(parts, counted(c.Modules, "module"))
	}
	switch n := len(c.Containers); n {
	case 0:
	case 1:
		parts = append(parts, "a container ("+c.Containers[0]+")")
	default:
		parts = append(parts, fmt.Sprintf("%d containers (%s)", n, strings.Join(c.Containers, ", ")))
	}
	if len(parts) == 0 {
		return "It adds no files, modules or containers."
	}
	return "It adds " + strings.Join(parts, ", ") + "."
}

// Totals says what a project comes to.
func (p *Preview) Totals() string {
	return fmt.Sprintf("%s, %s", counted(len(p.Outline.Files)+1, "file"), counted(len(p.Outline.Modules), "module"))
}

// Containers says which containers the project runs in.
func (p *Preview) Containers() string {
	c := p.Outline.Containers
	return fmt.Sprintf("containers: %s; in production %s", strings.Join(c.Development, " "), strings.Join(c.Production, " "))
}

// Summary says in pairs of a heading and a text what the project is going to be.
func (g *Guide) Summary(p *Preview, folder string) [][2]string {
	lines := [][2]string{{"name", p.Project.Name}, {"module", p.Project.Module}, {"folder", folder}}
	if g.starter != "" {
		lines = append(lines, [2]string{"starter", g.starter})
	}
	chosen := strings.Join(slices.DeleteFunc([]string{g.flag(schema.Infrastructure), g.flag(schema.Service)}, func(s string) bool { return s == "" }), ",")
	if chosen != "" {
		lines = append(lines, [2]string{"chosen", strings.ReplaceAll(chosen, ",", ", ")})
	}
	var always []string
	for i := range p.Project.Components {
		c := &p.Project.Components[i]
		switch {
		case g.chosen[c.Name], g.starterHas(c.Name):
		case g.fixed(c.Name) != "":
			always = append(always, c.Name)
		default:
			lines = append(lines, [2]string{"+ " + c.Name, reason(c)})
		}
	}
	return append(lines, [2]string{"always", strings.Join(always, ", ")})
}
