package schema

import (
	"embed"
	"strings"

	"golang.org/x/tools/txtar"
)

// Page is what there is to say about a code.
type Page struct {
	Code  Code   `json:"code"`
	Title string `json:"title"`
	Text  string `json:"text"` // what it means, in a few sentences
	// Wrong is an example of the mistake, Says what validate reports of it, and
	// Right the example without it. They are empty for a fault of Aegis itself.
	Wrong []PageFile `json:"wrong,omitempty"`
	Says  string     `json:"says,omitempty"`
	Right []PageFile `json:"right,omitempty"`
}

// PageFile is a file of an example, as in "aegis.cue".
type PageFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Each page is one archive: the text, then the examples.
//
//go:embed codes/*.txtar
var pages embed.FS

// Page returns the page of a code, nil if there is no such code.
func (c Code) Page() *Page {
	text, err := pages.ReadFile("codes/" + string(c) + ".txtar")
	if err != nil {
		return nil
	}
	archive := txtar.Parse(text)
	p := &Page{Code: c, Title: c.Title(), Text: strings.TrimSpace(string(archive.Comment))}
	for _, f := range archive.Files {
		switch folder, name, _ := strings.Cut(f.Name, "/"); folder {
		case "wrong":
			p.Wrong = append(p.Wrong, PageFile{name, string(f.Data)})
		case "says":
			p.Says = string(f.Data)
		case "right":
			p.Right = append(p.Right, PageFile{name, string(f.Data)})
		}
	}
	return p
}
