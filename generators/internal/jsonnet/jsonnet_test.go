package jsonnet

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEval(t *testing.T) {
	fsys := fstest.MapFS{
		"workflow.jsonnet":    {Data: []byte("local lib = import 'lib/steps.libsonnet';\nfunction(model) { name: model.name, steps: lib.steps }\n")},
		"lib/steps.libsonnet": {Data: []byte("{ steps: ['build', 'test'] }\n")},
	}
	got, err := Eval(fsys, "workflow.jsonnet", map[string]string{"name": "shop"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "shop", "steps": []any{"build", "test"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Eval = %v, want %v", got, want)
	}
}

func TestEvalErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"syntax", "function(model) {\n  a: ,\n}", "t.jsonnet:2:6"},
		{"unknown field", "function(model) {\n  a: model.nope,\n}", "t.jsonnet:2:6: Field does not exist: nope"},
		{"in the standard library", "function(model) {\n  a: std.length(1),\n}", "t.jsonnet:2:6: Unexpected type number"},
		{"no object", "function(model) [1]", "t.jsonnet: does not return an object"},
		{"null", "function(model) null", "t.jsonnet: does not return an object"},
		{"host file", "function(model) {\n  a: importstr '/etc/hostname',\n}", "leaves the folder"},
		{"parent", "function(model) { a: import '../x.jsonnet' }", "leaves the folder"},
		{"recursion", "local f(n) = f(n + 1) + 1; function(model) { a: f(1) }", "t.jsonnet:1:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Eval(fstest.MapFS{"t.jsonnet": {Data: []byte(test.text)}}, "t.jsonnet", map[string]string{"name": "shop"})
			if err == nil {
				t.Fatal("Eval succeeded")
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "INTERNAL") {
				t.Errorf("Eval failed with %q, want it to contain %q", err, test.want)
			}
		})
	}
	if _, err := Eval(fstest.MapFS{}, "missing.jsonnet", nil); err == nil || strings.Contains(err.Error(), "INTERNAL") {
		t.Errorf("Eval of a missing file failed with %v", err)
	}
}
