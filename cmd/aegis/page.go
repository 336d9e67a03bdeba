package main

import (
	"fmt"
	"strings"

	"github.com/aegis-stack/aegis/schema"
)

// page prints what there is to say about a code.
func (c *console) page(p *schema.Page) {
	fmt.Fprintf(c.out, "%s: %s\n\n  %s\n", p.Code, p.Title, strings.ReplaceAll(p.Text, "\n", "\n  "))
	show := func(title string, files []schema.PageFile) {
		for _, f := range files {
			fmt.Fprintf(c.out, "\n%s, %s:\n\n%s", title, f.Name, indented(f.Text))
		}
	}
	show("wrong", p.Wrong)
	if p.Says != "" {
		fmt.Fprintf(c.out, "\n\"aegis validate\" says:\n\n%s", indented(p.Says))
	}
	show("right", p.Right)
}

// indented returns lines that stand out from the text around them.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}
