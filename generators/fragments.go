package generators

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/generators/internal/jsonnet"
	"github.com/aegis-stack/aegis/schema"
)

// documents are those that a <document>.jsonnet may contribute to. The others
// are derived from code and manifest.
var documents = map[string]Document{
	"compose":  Compose,
	"workflow": Workflow,
}

// library holds what the templates of several folders import.
//
//go:embed *.libsonnet
var library embed.FS

// layers is a file system of several: a file is in the first that has it.
type layers []fs.FS

// Open opens the file name.
func (l layers) Open(name string) (fs.File, error) {
	for _, layer := range l[:len(l)-1] {
		if f, err := layer.Open(name); err == nil {
			return f, nil
		}
	}
	return l[len(l)-1].Open(name)
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
		data, err := jsonnet.Eval(layers{folder, library}, name, newModel(request))
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
	// ShutdownSeconds is how long the application may take to stop, rounded up.
	ShutdownSeconds int `json:"shutdownSeconds"`
}

func newModel(request Request) model {
	m := model{Project: request.Project, Component: request.Component}
	for _, v := range request.Project.Env {
		if v.Name == "SHUTDOWN_TIMEOUT" {
			// One that is malformed does not pass the schema.
			d, _ := time.ParseDuration(v.Default)
			m.ShutdownSeconds = int(math.Ceil(d.Seconds()))
		}
	}
	return m
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
