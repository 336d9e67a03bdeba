package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/aegis-stack/aegis/blueprints"
	"github.com/aegis-stack/aegis/cmd/aegis/guide"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
)

// starter is a starter and what it resolves to.
type starter struct {
	Name       string              `json:"name"`
	Summary    string              `json:"summary"`
	Components []madeComponent     `json:"components"`
	Files      int                 `json:"files"`
	Modules    int                 `json:"modules"`
	Containers assemble.Containers `json:"containers"`
}

// starters resolves and renders every starter.
func starters() ([]starter, error) {
	s, err := all.Schema()
	if err != nil {
		return nil, err
	}
	previews := guide.NewPreviewer(s)
	out := []starter{}
	for _, b := range blueprints.Starters() {
		p := previews.Of(guide.Choices{Starter: b.Name})
		if p.Err != nil {
			return nil, fmt.Errorf("starter %s: %w", b.Name, p.Err)
		}
		one := starter{
			Name: b.Name, Summary: b.Summary, Files: len(p.Outline.Files), Modules: len(p.Outline.Modules),
			Containers: p.Outline.Containers, Components: madeOf(p.Project),
		}
		out = append(out, one)
	}
	return out, nil
}

func (c *console) listStarters(asJSON bool) error {
	list, err := starters()
	if err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(list)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFILES\tMODULES\tCONTAINERS\tBECOMES")
	for _, s := range list {
		var names []string
		for _, component := range s.Components {
			names = append(names, component.Name)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", s.Name, s.Files, s.Modules, len(s.Containers.Production), strings.Join(names, ", "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range list {
		fmt.Fprintf(c.out, "\n%s: %s\n", s.Name, s.Summary)
	}
	c.note("\n\"aegis init NAME --starter saas\" begins with one of them")
	return nil
}
