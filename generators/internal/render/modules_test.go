package render

import (
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
)

// The module graphs below are those of owners that share a project:
//
//	cache  a (direct) → b; its tests need t
//	worker b (direct), c, of which c is from before pruned graphs: → d → e
var (
	cacheModules = object{
		"go":      "1.26.0",
		"require": object{"example.com/a": "v1.1.0", "example.com/b": "v1.0.0"},
		"direct":  object{"example.com/a": true},
		"tests":   object{"example.com/t": true},
		"graph": object{
			"example.com/a@v1.1.0": object{"pruned": true, "require": object{"example.com/b": "v1.0.0", "example.com/t": "v1.9.0"}},
			"example.com/b@v1.0.0": object{"pruned": true},
		},
		"sums": object{
			"example.com/a@v1.1.0": "h1:a=", "example.com/a@v1.1.0/go.mod": "h1:am=",
			"example.com/b@v1.0.0": "h1:b=", "example.com/b@v1.0.0/go.mod": "h1:bm=",
			"example.com/t@v1.9.0": "h1:t9=", "example.com/t@v1.9.0/go.mod": "h1:t9m=",
		},
	}
	workerModules = object{
		"go":      "1.26.0",
		"require": object{"example.com/b": "v1.0.0", "example.com/c": "v1.0.0"},
		"direct":  object{"example.com/b": true},
		"graph": object{
			"example.com/b@v1.0.0": object{"pruned": true},
			"example.com/c@v1.0.0": object{"require": object{"example.com/d": "v1.0.0"}},
			// Pruned in itself, but not below c.
			"example.com/d@v1.0.0":  object{"pruned": true, "require": object{"example.com/e": "v1.0.0", "example.com/t": "v1.10.0"}},
			"example.com/e@v1.0.0":  object{"require": object{"example.com/c": "v1.0.0"}},
			"example.com/t@v1.10.0": object{},
		},
		"sums": object{
			"example.com/b@v1.0.0": "h1:b=", "example.com/b@v1.0.0/go.mod": "h1:bm=",
			"example.com/c@v1.0.0": "h1:c=", "example.com/c@v1.0.0/go.mod": "h1:cm=",
			"example.com/d@v1.0.0/go.mod":  "h1:dm=",
			"example.com/e@v1.0.0/go.mod":  "h1:em=",
			"example.com/t@v1.10.0":        "h1:t10=",
			"example.com/t@v1.10.0/go.mod": "h1:t10m=",
		},
	}
)

func TestGoMod(t *testing.T) {
	cache := part("cache", generators.Modules, cacheModules)
	worker := part("worker", generators.Modules, workerModules)
	for _, test := range []struct {
		name     string
		parts    []Part
		mod, sum string
	}{
		{"one direct, one indirect", []Part{cache}, `module example.com/shop

go 1.26.0

require example.com/a v1.1.0

require example.com/b v1.0.0 // indirect
`, `example.com/a v1.1.0 h1:a=
example.com/a v1.1.0/go.mod h1:am=
example.com/b v1.0.0 h1:b=
example.com/b v1.0.0/go.mod h1:bm=
example.com/t v1.9.0 h1:t9=
example.com/t v1.9.0/go.mod h1:t9m=
`},
		{"an old module brings its whole graph", []Part{worker}, `module example.com/shop

go 1.26.0

require example.com/b v1.0.0

require example.com/c v1.0.0 // indirect
`, `example.com/b v1.0.0 h1:b=
example.com/b v1.0.0/go.mod h1:bm=
example.com/c v1.0.0 h1:c=
example.com/c v1.0.0/go.mod h1:cm=
example.com/d v1.0.0/go.mod h1:dm=
example.com/e v1.0.0/go.mod h1:em=
example.com/t v1.10.0/go.mod h1:t10m=
`},
		{"direct wins, and the tests of one take the version of the other", []Part{worker, cache}, `module example.com/shop

go 1.26.0

require (
	example.com/a v1.1.0
	example.com/b v1.0.0
)

require example.com/c v1.0.0 // indirect
`, `example.com/a v1.1.0 h1:a=
example.com/a v1.1.0/go.mod h1:am=
example.com/b v1.0.0 h1:b=
example.com/b v1.0.0/go.mod h1:bm=
example.com/c v1.0.0 h1:c=
example.com/c v1.0.0/go.mod h1:cm=
example.com/d v1.0.0/go.mod h1:dm=
example.com/e v1.0.0/go.mod h1:em=
example.com/t v1.10.0 h1:t10=
example.com/t v1.10.0/go.mod h1:t10m=
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			mod, sum, err := GoMod("example.com/shop", merged(t, generators.Modules, test.parts...))
			if err != nil {
				t.Fatal(err)
			}
			if string(mod) != test.mod {
				t.Errorf("go.mod is\n%s\nwant\n%s", mod, test.mod)
			}
			if string(sum) != test.sum {
				t.Errorf("go.sum is\n%s\nwant\n%s", sum, test.sum)
			}
		})
	}
}

func TestGoModRefuses(t *testing.T) {
	for _, test := range []struct {
		data object
		want string
	}{
		{object{}, "go.mod: invalid language version"},
		{object{"go": "1.26.0", "require": object{"example.com/a": "v1.0.0"}}, "the requirements of example.com/a@v1.0.0 are not known"},
		{object{"go": "1.26.0", "require": object{"example.com/a": "v1.0.0"}, "graph": object{"example.com/a@v1.0.0": object{}}},
			"no checksum of example.com/a v1.0.0 is known"},
	} {
		_, _, err := GoMod("shop", merged(t, generators.Modules, part("x", generators.Modules, test.data)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("it failed with %v, want %q", err, test.want)
		}
	}
	_, err := Merge([]Part{
		part("cache", generators.Modules, object{"require": object{"example.com/a": "v1.0.0"}}),
		part("worker", generators.Modules, object{"require": object{"example.com/a": "v1.1.0"}}),
	})
	if err == nil || !strings.Contains(err.Error(), "modules: require.example.com/a: cache and worker disagree") {
		t.Errorf("two versions: %v", err)
	}
}
