package render

import (
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var shop = Imports{Module: "example.com/shop", Name: "shop"}

func TestRewrite(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{
			"groups are sorted again, alone",
			`package p

import (
	"context"
	"fmt"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/danielgtaylor/huma/v2"
)
`,
			`package p

import (
	"context"
	"fmt"

	"example.com/shop/internal/app"
	"example.com/shop/internal/backend"
	"github.com/danielgtaylor/huma/v2"
)
`,
		},
		{
			"comments move along and stay aligned",
			`package p

import (
	// The queue, with its own types.
	"github.com/aegis-stack/aegis/generators/worker/src/queue" // long story
	"github.com/hibiken/asynq"                                 // Redis
)
`,
			`package p

import (
	// The queue, with its own types.
	"example.com/shop/internal/worker/queue" // long story
	"github.com/hibiken/asynq"               // Redis
)
`,
		},
		{
			"a module that sorts behind the others",
			`package p

import (
	b "github.com/aegis-stack/aegis/generators/backend/src" // the API
	"github.com/hibiken/asynq"
)
`,
			`package p

import (
	"github.com/hibiken/asynq"
	b "zoo.example/zoo/internal/backend" // the API
)
`,
		},
		{
			"each group by itself",
			"package p\n\nimport (\n\t\"github.com/aegis-stack/aegis/blueprints/service/app\"\n\t\"github.com/hibiken/asynq\"\n\n\t\"github.com/aegis-stack/aegis/generators/backend/src\"\n\t\"io\"\n)\n",
			"package p\n\nimport (\n\t\"github.com/hibiken/asynq\"\n\t\"zoo.example/zoo/internal/app\"\n\n\t\"io\"\n\t\"zoo.example/zoo/internal/backend\"\n)\n",
		},
		{
			"single, dot, blank and raw imports",
			"package p\n\nimport . \"github.com/aegis-stack/aegis/blueprints/service/health\"\nimport _ \"github.com/aegis-stack/aegis/generators/cache/src/redis\" // side effect\nimport `github.com/aegis-stack/aegis/blueprints/service/app`\n",
			"package p\n\nimport . \"example.com/shop/internal/health\"\nimport _ \"example.com/shop/internal/cache/redis\" // side effect\nimport \"example.com/shop/internal/app\"\n",
		},
		{
			"a name that says nothing new is dropped",
			"package p\n\nimport (\n\tbackend \"github.com/aegis-stack/aegis/generators/backend/src\"\n\tweb \"github.com/aegis-stack/aegis/generators/frontend/src\"\n)\n",
			"package p\n\nimport (\n\t\"example.com/shop/internal/backend\"\n\tweb \"example.com/shop/internal/frontend\"\n)\n",
		},
		{
			"the command",
			"package p\n\nimport \"github.com/aegis-stack/aegis/blueprints/service/cmd/service\"\n",
			"package p\n\nimport \"example.com/shop/cmd/shop\"\n",
		},
		{
			"build tags, licence and cgo stay",
			"// Copyright.\n\n//go:build linux && cgo\n\n// Package p.\npackage p\n\n// #include <stdio.h>\n// int x;\nimport \"C\"\n\nimport \"github.com/aegis-stack/aegis/blueprints/service/app\" // ours\n\nvar _ = \"github.com/aegis-stack/aegis/blueprints/service/app\"\n",
			"// Copyright.\n\n//go:build linux && cgo\n\n// Package p.\npackage p\n\n// #include <stdio.h>\n// int x;\nimport \"C\"\n\nimport \"example.com/shop/internal/app\" // ours\n\nvar _ = \"github.com/aegis-stack/aegis/blueprints/service/app\"\n",
		},
		{
			"no imports",
			"package p\n\nconst s = `github.com/aegis-stack/aegis/blueprints/service/app`\n",
			"package p\n\nconst s = `github.com/aegis-stack/aegis/blueprints/service/app`\n",
		},
		{
			"what was not formatted is not formatted",
			"package p\nimport ( \"os\" ; \"github.com/aegis-stack/aegis/blueprints/service/app\" )\nvar   x=1\n",
			"package p\nimport ( \"os\" ; \"example.com/shop/internal/app\" )\nvar   x=1\n",
		},
		{
			"a line directive does not move anything",
			"package p\n\n//line x.y:7\nimport \"github.com/aegis-stack/aegis/blueprints/service/app\"\n",
			"package p\n\n//line x.y:7\nimport \"example.com/shop/internal/app\"\n",
		},
		{
			"carriage returns stay",
			"package p\r\n\r\nimport (\r\n\t\"github.com/aegis-stack/aegis/generators/backend/src\"\r\n\t\"github.com/aegis-stack/aegis/blueprints/service/app\"\r\n)\r\n",
			"package p\r\n\r\nimport (\r\n\t\"example.com/shop/internal/backend\"\r\n\t\"example.com/shop/internal/app\"\r\n)\r\n",
		},
		{
			"carriage returns stay in a sorted group",
			"package p\r\n\r\nimport (\r\n\t\"github.com/aegis-stack/aegis/blueprints/service/app\"\r\n\t\"github.com/aegis-stack/aegis/generators/a/src\"\r\n)\r\n",
			"package p\r\n\r\nimport (\r\n\t\"example.com/shop/internal/a\"\r\n\t\"example.com/shop/internal/app\"\r\n)\r\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			imports := shop
			if strings.Contains(test.want, "zoo") {
				imports = Imports{Module: "zoo.example/zoo", Name: "zoo"}
			}
			got, err := imports.Rewrite("p.go", []byte(test.src))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("Rewrite returned\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestRewriteRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"package p\n\nimport \"github.com/aegis-stack/aegis/schema\"\n":                  `p.go:3:8: import "github.com/aegis-stack/aegis/schema" is not part of an application`,
		"package p\n\nimport \"github.com/aegis-stack/aegis/generators/backend\"\n":      "p.go:3:8",
		"package p\n\nimport \"github.com/aegis-stack/aegis/generators/backend/srcx\"\n": "p.go:3:8",
		"package p\n\nimport \"github.com/aegis-stack/aegis/blueprints/service/\"\n":     "p.go:3:8",
		"package p\n\nimport \"github.com/aegis-stack/aegis/\n":                          "p.go:3:8",
	} {
		if _, err := shop.Rewrite("p.go", []byte(src)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Rewrite(%q) failed with %v, want %q", src, err, want)
		}
	}
}

// FuzzRewrite checks what must be true of every file: the result parses, the
// imports are the mapped ones, gofmt has nothing to say if it had nothing to
// say before, and all that is not an import is the same, byte for byte.
func FuzzRewrite(f *testing.F) {
	f.Fuzz(func(t *testing.T, src []byte) {
		before, err := imported(src)
		if err != nil {
			return
		}
		got, err := shop.Rewrite("p.go", src)
		if err != nil {
			return // imports something that is not part of an application
		}
		want := map[string]bool{}
		for p := range before {
			mapped, err := shop.path(p)
			if err != nil {
				t.Fatalf("Rewrite accepted the import of %q", p)
			}
			want[mapped] = true
		}
		after, err := imported(got)
		if err != nil {
			t.Fatalf("the result does not parse: %v\n%s", err, got)
		}
		if !maps.Equal(after, want) {
			t.Errorf("imports are %v, want %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(want)))
		}
		if formatted, err := format.Source(src); err == nil && bytes.Equal(formatted, src) {
			if formatted, err := format.Source(got); err != nil || !bytes.Equal(formatted, got) {
				t.Errorf("gofmt would change the result (%v):\n%s", err, got)
			}
		}
		if a, b := besideImports(t, src), besideImports(t, got); a != b {
			t.Errorf("beside the imports, it was\n%q\nand is\n%q", a, b)
		}
	})
}

func imported(src []byte) (map[string]bool, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	paths := map[string]bool{}
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		paths[p] = true
	}
	return paths, nil
}

// besideImports is src without its import declarations, and the comments in
// them, sorted.
func besideImports(t *testing.T, src []byte) string {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "p.go", src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var rest strings.Builder
	done := 0
	var moved []string
	for _, decl := range file.Decls {
		from, to := files.PositionFor(decl.Pos(), false).Offset, files.PositionFor(decl.End(), false).Offset
		rest.Write(src[done:from])
		done = to
		for _, group := range file.Comments {
			for _, c := range group.List {
				if c.Pos() > decl.Pos() && c.End() <= decl.End() {
					moved = append(moved, strings.TrimRight(c.Text, "\r"))
				}
			}
		}
	}
	rest.Write(src[done:])
	slices.Sort(moved)
	return rest.String() + strings.Join(moved, "\n")
}
