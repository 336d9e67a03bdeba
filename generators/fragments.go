package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/aegis-stack/aegis/generators/internal/jsonnet"
	"github.com/aegis-stack/aegis/schema"
)

// documents are those that a <document>.jsonnet may contribute to. The others
// are derived from code and manifest.
var documents = map[string]Document{
	"workflow": Workflow,
}

// documentFragments evaluates the folder's Jsonnet templates.
func documentFragments(folder fs.FS, request Request) ([]Fragment, error) {
	names, err := fs.Glob(folder, "*.jsonnet")
	if err != nil {
		return nil, err
	}
	var fragments []Fragment
	for _, name := range names { // Glob sorts
		document, ok := documents[strings.TrimSuffix(name, ".jsonnet")]
		if !ok {
			return nil, fmt.Errorf("%s: no shared document has this name", name)
		}
		data, err := jsonnet.Eval(folder, name, model{request.Project, request.Component})
		if err != nil {
			return nil, err
		}
		fragments = append(fragments, Fragment{Document: document, Data: data})
	}
	return fragments, nil
}

// model is what a Jsonnet template is a function of: the project's fields and,
// in a component's folder, its own entry as "component".
type model struct {
	*schema.Project
	Component *schema.Component `json:"component,omitempty"`
}

// moduleFragments reads the modules files of folder that there are.
func moduleFragments(folder fs.FS, names []string) ([]Fragment, error) {
	var fragments []Fragment
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var data map[string]any
		if err := json.Unmarshal(text, &data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fragments = append(fragments, Fragment{Document: Modules, Data: data})
	}
	return fragments, nil
}
