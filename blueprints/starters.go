package blueprints

import (
	"embed"
	"path"
	"strings"
)

//go:embed starters/*.cue
var starters embed.FS

// Starter is a manifest to begin with.
type Starter struct {
	Name     string
	Summary  string // what it is for: the first sentence of the manifest
	Manifest []byte
}

// Starters returns all of them, sorted by name.
func Starters() []Starter {
	entries, err := starters.ReadDir("starters")
	if err != nil {
		panic("blueprints: " + err.Error()) // it is embedded
	}
	out := make([]Starter, len(entries))
	for i, e := range entries {
		text, err := starters.ReadFile(path.Join("starters", e.Name()))
		if err != nil {
			panic("blueprints: " + err.Error())
		}
		out[i] = Starter{strings.TrimSuffix(e.Name(), ".cue"), summary(string(text)), text}
	}
	return out
}

// summary returns the first sentence of the comment on top of a manifest.
func summary(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "//")
		if comment = strings.TrimSpace(comment); !ok || comment == "" {
			break
		}
		words = append(words, comment)
	}
	sentence, _, _ := strings.Cut(strings.Join(words, " "), ". ")
	return strings.TrimSuffix(sentence, ".")
}
