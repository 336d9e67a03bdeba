package schema

import (
	"fmt"
	"slices"
	"strings"
)

// SelectNamed is [Schema.Select] for one component or service, whichever has
// the name: "worker", "database[postgres]".
func (s *Schema) SelectNamed(text string) (Kind, Selection, error) {
	entries, err := s.Catalog()
	if err != nil {
		return "", Selection{}, err
	}
	items, err := splitSelection(text)
	if err != nil {
		return "", Selection{}, err
	}
	if len(items) != 1 {
		return "", Selection{}, fmt.Errorf("%q is not the name of one component, such as \"worker\" or \"database[postgres]\"", text)
	}
	name, _, _ := strings.Cut(items[0], "[")
	kind := Kind("component or service")
	if i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name }); i >= 0 {
		kind = entries[i].Kind
	}
	selection, err := selectOne(kind, entries, items[0])
	return kind, selection, err
}
