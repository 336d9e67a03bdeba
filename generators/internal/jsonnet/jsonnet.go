// Package jsonnet evaluates a folder's Jsonnet templates. They are functions
// of the model and see nothing else: imports come from the folder, which is
// embedded, never from the host's disk.
package jsonnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

// maxStack bounds recursion. Templates are flat, so that more is a mistake.
const maxStack = 200

// Eval calls the function that the file name holds with model as its only
// argument and returns the object that it gives back. An error says at which
// file and line of the template it happened.
func Eval(fsys fs.FS, name string, model any) (map[string]any, error) {
	arg, err := json.Marshal(model)
	if err != nil {
		return nil, fmt.Errorf("encode the model: %w", err)
	}
	// Jsonnet calls a missing first file an internal error, so look before.
	if _, err := fs.Stat(fsys, name); err != nil {
		return nil, err
	}
	vm := jsonnet.MakeVM()
	vm.MaxStack = maxStack
	vm.Importer(&importer{fsys: fsys, seen: map[string]jsonnet.Contents{}})
	vm.TLACode("model", string(arg))

	// EvaluateFile flattens its errors into text with a stack; ImportAST and
	// Evaluate keep the position.
	node, _, err := vm.ImportAST("", name)
	if err != nil {
		return nil, located(name, err)
	}
	out, err := vm.Evaluate(node)
	if err != nil {
		return nil, located(name, err)
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(out), &tree); err != nil || tree == nil {
		return nil, fmt.Errorf("%s: does not return an object", name)
	}
	return tree, nil
}

// located returns err with its position in front, on one line.
func located(name string, err error) error {
	if _, ok := errors.AsType[interface {
		error
		Loc() ast.LocationRange
	}](err); ok {
		return err // its text starts with the position already
	}
	failed, ok := errors.AsType[jsonnet.RuntimeError](err)
	if !ok {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, frame := range failed.StackTrace {
		// Frames of the standard library have a file of their own, and the
		// first frame may be no place at all.
		if frame.Loc.IsSet() && frame.Loc.FileName != "<std>" && frame.Loc.FileName != "" {
			return fmt.Errorf("%s:%d:%d: %s", frame.Loc.FileName, frame.Loc.Begin.Line, frame.Loc.Begin.Column, failed.Msg)
		}
	}
	return fmt.Errorf("%s: %s", name, failed.Msg)
}

// importer reads imports from fsys only: no file of the host is seen.
type importer struct {
	fsys fs.FS
	seen map[string]jsonnet.Contents // the same path must give the same Contents
}

func (i *importer) Import(from, imported string) (jsonnet.Contents, string, error) {
	name := path.Join(path.Dir(from), imported)
	if path.IsAbs(imported) || !fs.ValidPath(name) {
		return jsonnet.Contents{}, "", fmt.Errorf("import %q leaves the folder", imported)
	}
	if c, ok := i.seen[name]; ok {
		return c, name, nil
	}
	text, err := fs.ReadFile(i.fsys, name)
	if err != nil {
		return jsonnet.Contents{}, "", fmt.Errorf("import %q: %w", imported, err)
	}
	c := jsonnet.MakeContentsRaw(text)
	i.seen[name] = c
	return c, name, nil
}
