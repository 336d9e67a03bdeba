// Package generators is the contract between Aegis's pipeline and the
// components: a [Generator] turns the resolved project into whole files and
// into fragments of the documents that all components share. [FromFS] makes
// one from a folder; few components need more.
package generators

import (
	"io/fs"

	"github.com/aegis-stack/aegis/schema"
)

// Generator is one component, service or blueprint.
type Generator interface {
	// Name is that of the folder, and of the component in the manifest.
	Name() string
	// Schema is the component's CUE. It is nil for a blueprint, which the
	// manifest does not name and every project has.
	Schema() []byte
	// Generate is a function of the request alone: no disk, clock or network.
	Generate(Request) (Response, error)
}

// Request is what a generator may know.
type Request struct {
	Project *schema.Project
	// Component is the generator's own entry in the project; nil for a
	// blueprint, which has none.
	Component *schema.Component
}

// Response is what a generator contributes.
type Response struct {
	Files     []File
	Fragments []Fragment
}

// File is a whole output file with one owner.
type File struct {
	// Path is relative to the project, with slashes.
	Path   string
	Policy Policy
	Mode   fs.FileMode // 0o644 or 0o755
	// Content of Go files still has Aegis's own import paths; the pipeline
	// rewrites them on the syntax tree.
	Content []byte
	// Hint says where an edit by hand belongs instead. Every Regenerate file
	// has one, because an edit of it is refused.
	Hint string
}

// Policy says what happens when a file that Aegis wrote is generated again.
type Policy string

const (
	// Regenerate is for files that are Aegis's alone. An edit by hand is refused, with a hint.
	Regenerate Policy = "regenerate"
	// Merge is for files that are shared. What the user changed stays.
	Merge Policy = "merge"
	// CreateOnce is for files that are the user's from the first day. They are
	// never touched again.
	CreateOnce Policy = "create-once"
)

// Fragment is one owner's part of a document that many share. Fragments of a
// document are merged strictly: two owners who disagree about a leaf are an
// error that names the path and both of them.
type Fragment struct {
	Document Document
	// Data is the fragment as a tree of map[string]any, []any and scalars.
	// Share objects, not lists: keys can be merged and blamed.
	Data map[string]any
}

// Document names a shared document.
type Document string

const (
	// Workflow is .github/workflows/ci.yml, as the object that the file holds.
	Workflow Document = "workflow"
	// Compose is compose.yaml and compose.prod.yaml, as the objects "dev" and
	// "prod", and the "secrets" of the latter: name to {doc, value}. Comments are
	// in keys that begin with "#". Where Compose wants a list that several owners
	// add to, there is an object instead: of its values, or of its keys where the
	// value is true.
	Compose Document = "compose"
	// Modules is go.mod and go.sum, in the form of a folder's modules.json:
	//
	//	require  module path to version
	//	direct   module path to true, where the code itself imports it
	//	tests    module path to true, for what only tests of dependencies import
	//	graph    path@version to {pruned, require} of each go.mod that counts
	//	sums     path@version, or path@version/go.mod, to its checksum
	Modules Document = "modules"
	// Environment is .env.example and the defaults in components_gen.go:
	// variable, without the prefix, to {default, doc, secret}.
	Environment Document = "environment"
	// Wiring is components_gen.go: component, or component/variant, to {package,
	// folder, type, needs}: its Go package, where that lies in the project, what
	// its constructor makes, and the others that this takes, in order.
	Wiring Document = "wiring"
)
