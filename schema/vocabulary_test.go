package schema

import (
	"fmt"
	"go/token"
	"go/types"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cuelang.org/go/cue/ast"
	"golang.org/x/mod/module"
)

// shapeOf returns the shape of a value of the real manifest.
func shapeOf(t *testing.T, path ...string) *shape {
	t.Helper()
	s := testSchema(t)
	e, err := s.evaluator()
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.model(e)
	if err != nil {
		t.Fatal(err)
	}
	root := s.manifestShape(m)
	sh := root.at(path)
	if sh == nil {
		t.Fatalf("the manifest has no %v", path)
	}
	return sh
}

func testSchema(tb testing.TB) *Schema {
	tb.Helper()
	var sources []Source
	for _, name := range []string{"backend", "cli", "frontend"} {
		text, err := os.ReadFile(filepath.Join("..", "generators", name, "component.cue"))
		if err != nil {
			tb.Fatal(err)
		}
		sources = append(sources, Source{name, text})
	}
	s, err := New(sources)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func quoted(text string) *ast.BasicLit { return ast.NewString(text) }

func TestNames(t *testing.T) {
	name := shapeOf(t, "name")
	for text, ok := range map[string]bool{
		"shop": true, "s": true, "shop-api-2": true, "x86": true, "time": true, "app": true,
		strings.Repeat("a", 40): true, strings.Repeat("a", 41): false,
		"": false, "Shop": false, "shop_api": false, "-shop": false, "shop-": false, "shop--api": false, "2shop": false,
		"läden": false, "a b": false, "../x": false, "a/b": false, "a.b": false, "shop\n": false, "shop\x00": false,
		"main": false, "internal": false, "vendor": false, "test": false, "testdata": false, "init": false, "cmd": false, "aegis": false,
		"con": false, "nul": false, "lpt9": false, "com10": true, "ssh": false, "github": false,
	} {
		if got := name.fit(quoted(text)) == nil; got != ok {
			t.Errorf("name %q is accepted: %v, want %v", text, got, ok)
		}
	}
	for k := token.BREAK; k <= token.VAR; k++ {
		if k.IsKeyword() && name.fit(quoted(k.String())) == nil {
			t.Errorf("the keyword %q is accepted as a name", k)
		}
	}
}

func TestModules(t *testing.T) {
	mod := shapeOf(t, "module")
	for text, ok := range map[string]bool{
		"shop": true, "example.com/shop": true, "github.com/Acme/Shop": true, "git.sr.ht/~acme/shop": true,
		"example.com/shop/v2": true, "example.com/a.b/c_d": true, "example.com/internal/shop": true, "localhost/shop": true,
		"": false, "/shop": false, "shop/": false, "a//b": false, "example.com/sh op": false, "-x/y": false, ".x/y": false,
		"example.com/x.": false, "example.com/..": false, "https://example.com/shop": false, "example.com/läden": false,
		"example.com/vendor/shop": false, "vendor": false, "example.com/con": false, "example.com/Aux.x/y": false,
		"example.com/a~1": false, "example.com/a~1.b/c": false, "example.com/v1": false, "example.com/shop/v0": false,
		"go": false, "toolchain": false, "std": false, "cmd": false, "a+b/c": false, "a\nb": false,
	} {
		if got := mod.fit(quoted(text)) == nil; got != ok {
			t.Errorf("module %q is accepted: %v, want %v", text, got, ok)
		}
	}
}

// What the schema takes for a module path the go command takes, too, so that
// nothing has to be checked again in Go; and every name is a module path.
func TestModulePathsAreImportPaths(t *testing.T) {
	mod, name := shapeOf(t, "module"), shapeOf(t, "name")
	words := []string{"a", "B", "con", "AUX", "nul", "com1", "vendor", "v1", "v2", "example.com", "~", "~1", ".", "..", "-", "_", "/", "/", "/", "+", "é", " ", "go", "\n", "9"}
	r := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 50_000 {
		var b strings.Builder
		for range 1 + r.IntN(7) {
			b.WriteString(words[r.IntN(len(words))])
		}
		text := b.String()
		if mod.fitText(text) == nil {
			taken++
			if err := module.CheckImportPath(text); err != nil {
				t.Fatalf("module %q is accepted, but: %v", text, err)
			}
			if err := module.CheckImportPath(text + "/cmd/shop"); err != nil {
				t.Fatalf("module %q is accepted, but: %v", text, err)
			}
		}
		if name.fitText(text) == nil && mod.fitText(text) != nil {
			t.Fatalf("name %q is no module path", text)
		}
	}
	if taken < 1000 {
		t.Errorf("only %d of the texts were module paths", taken)
	}
}

func TestDurationsAreThoseOfGo(t *testing.T) {
	d := shapeOf(t, "shutdownTimeout")
	for text, ok := range map[string]bool{
		"1s": true, "500ms": true, "1h30m": true, "1.5h": true, "0s": true, "2562047h": true,
		"": false, "1": false, "s": false, "-1s": false, "1d": false, "1 s": false, "1S": false, "9999999999h": false, ".5s": false, "1e3s": false,
	} {
		fits := d.fit(quoted(text)) == nil
		if fits != ok {
			t.Errorf("duration %q is accepted: %v, want %v", text, fits, ok)
		}
		if _, err := time.ParseDuration(text); fits && err != nil {
			t.Errorf("duration %q is accepted, but: %v", text, err)
		}
	}
}

// The regular expression for cron agrees with a parser that is written the
// plain way.
func TestCronExpressions(t *testing.T) {
	cron := shapeOf(t, "ci", "schedule")
	for text, ok := range map[string]bool{
		"17 4 * * 1": true, "0 0 1 1 0": true, "*/5 * * * *": true, "0,30 8-18/2 * JAN-MAR MON-FRI": true, "00 09 01 02 6": true, "0  4 * * *": true,
		"": false, "* * * *": false, "* * * * * *": false, "60 * * * *": false, "* 24 * * *": false, "* * 0 * *": false, "* * 32 * *": false,
		"* * * 13 *": false, "* * * * 7": false, "*/0 * * * *": false, "*/60 * * * *": false, "1- * * * *": false, ", * * * *": false,
		"@daily": false, "@every 5m": false, "* * * * mon": false, "* * JAN * *": false, "?": false, " * * * * *": false, "* * * * *\n": false,
	} {
		if got := cron.fit(quoted(text)) == nil; got != ok {
			t.Errorf("cron %q is accepted: %v, want %v", text, got, ok)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	atoms := []string{"*", "0", "1", "5", "7", "12", "13", "23", "24", "31", "32", "59", "60", "JAN", "DEC", "SUN", "MON-FRI", "1-5", "*/2", "1-12/3", "0/15", "/", "-", ""}
	accepted := 0
	for range 50_000 {
		fields := make([]string, 5)
		for i := range fields {
			fields[i] = "*"
			if r.IntN(2) == 0 {
				fields[i] = atoms[r.IntN(len(atoms))]
				if r.IntN(4) == 0 {
					fields[i] += "," + atoms[r.IntN(len(atoms))]
				}
			}
		}
		text := strings.Join(fields, " ")
		want := plainCron(fields)
		if want {
			accepted++
		}
		if got := cron.fitText(text) == nil; got != want {
			t.Fatalf("cron %q is accepted: %v, want %v", text, got, want)
		}
	}
	if accepted < 1000 {
		t.Errorf("only %d of the expressions were right", accepted)
	}
}

func plainCron(fields []string) bool {
	months := strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
	days := strings.Fields("SUN MON TUE WED THU FRI SAT")
	limits := []struct {
		low, high int
		names     []string
	}{{0, 59, nil}, {0, 23, nil}, {1, 31, nil}, {1, 12, months}, {0, 6, days}}
	number := func(i int, text string) bool {
		if slices.Contains(limits[i].names, text) {
			return true
		}
		n, err := strconv.Atoi(text)
		return err == nil && n >= limits[i].low && n <= limits[i].high
	}
	for i, f := range fields {
		for part := range strings.SplitSeq(f, ",") {
			values, step, stepped := strings.Cut(part, "/")
			if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1 || n > limits[i].high) {
				return false
			}
			if values == "*" {
				continue
			}
			low, high, isRange := strings.Cut(values, "-")
			if !number(i, low) || isRange && !number(i, high) {
				return false
			}
		}
	}
	return true
}

// The shapes say what the schema says, and leave nothing out: each value has a
// kind, documentation and words without CUE's names in them.
func TestShapesAreComplete(t *testing.T) {
	var walk func(path []string, s *shape)
	walk = func(path []string, s *shape) {
		if s.kind == anyKind && len(s.either) == 0 {
			t.Errorf("%v: the kind is not known", path)
		}
		if s.doc == "" {
			t.Errorf("%v: there is no documentation", path)
		}
		if w := s.words(); strings.ContainsAny(w, "#&|") || strings.Contains(w, "=~") {
			t.Errorf("%v: described as %q", path, w)
		}
		for _, r := range s.rules {
			if r.op == 0 && r.call != "strings.MaxRunes" && r.call != "time.Duration" {
				t.Errorf("%v: rule %q is not understood", path, r.call)
			}
			if r.call == "" && r.operand == "" && (r.pattern == nil || r.pattern() == "") {
				t.Errorf("%v: a rule has no operand", path)
			}
		}
		for _, f := range s.fields {
			walk(slices.Concat(path, []string{f.name}), f.shape)
		}
	}
	walk(nil, shapeOf(t))
	if sh := shapeOf(t, "components", "backend", "port"); sh.def != "8080" || sh.words() != "a TCP port from 1 to 65535" {
		t.Errorf("the port is %q, by default %s", sh.words(), sh.def)
	}
}

func TestHugeNumbersCostNothing(t *testing.T) {
	port := shapeOf(t, "components", "backend", "port")
	for _, text := range []string{"1e999999999", "99999999999999999999999999999999", "0x" + strings.Repeat("f", 1000)} {
		lit := &ast.BasicLit{Kind: 0, Value: text}
		if n, ok := number(lit); ok && n.IsInt() && port.fitNumber(lit) == nil {
			t.Errorf("%s is accepted as a port", text)
		}
	}
	_, err := testSchema(t).LoadBytes(map[string][]byte{ManifestName: []byte(fmt.Sprintf("name: \"x\"\ncomponents: backend: port: %s\n", "1e999999999"))})
	if err == nil {
		t.Error("1e999999999 is accepted as a port")
	}
}

func TestKeys(t *testing.T) {
	key := definitionOf(t, "#Key")
	for text, ok := range map[string]bool{
		"a": true, "send_report": true, "a1_2b": true, "default": true, "strings": true, "testing": true, "linux": true, "windows_x": true,
		strings.Repeat("a", 40): true, strings.Repeat("a", 41): false,
		"": false, "A": false, "sendReport": false, "send-report": false, "_a": false, "a_": false, "a__b": false, "1a": false, "a b": false, "ä": false,
		"func": false, "type": false, "string": false, "nil": false, "len": false, "any": false,
		"send_test": false, "run_linux": false, "run_amd64": false, "run_windows": false, "NAME": false,
	} {
		if got := key.fit(quoted(text)) == nil; got != ok {
			t.Errorf("key %q is accepted: %v, want %v", text, got, ok)
		}
	}
	for k := token.BREAK; k <= token.VAR; k++ {
		if k.IsKeyword() && k != token.DEFAULT && key.fit(quoted(k.String())) == nil {
			t.Errorf("the keyword %q is accepted as a key", k)
		}
	}
	for _, name := range types.Universe.Names() {
		if key.fit(quoted(name)) == nil {
			t.Errorf("the name %q is accepted as a key, and Go has one like that", name)
		}
	}
}

func TestTimezones(t *testing.T) {
	zone := definitionOf(t, "#Timezone")
	for _, name := range commonZones {
		if zone.fit(quoted(name)) != nil || checkTimezone(name) != nil {
			t.Errorf("the time zone %s is refused", name)
		}
	}
	for text, ok := range map[string]bool{
		"UTC": true, "Etc/GMT+1": true, "America/Argentina/Buenos_Aires": true, "CET": true,
		"": false, "Local": false, "utc": false, "europe/berlin": false, "/etc/passwd": false, "../UTC": false, "Europe/../UTC": false,
		"Europe/": false, "Europe//Berlin": false, "Mars/Olympus": false, "Europe": false, "+01:00": false,
	} {
		if got := zone.fit(quoted(text)) == nil && checkTimezone(text) == nil; got != ok {
			t.Errorf("time zone %q is accepted: %v, want %v", text, got, ok)
		}
	}
}

// definitionOf returns the shape of a definition of the vocabulary.
func definitionOf(t *testing.T, name string) *shape {
	t.Helper()
	s := testSchema(t)
	s.sources = append(s.sources, source{schemaPrefix + "test.cue", []byte("package schema\n#Manifest: probe?: " + name + "\n")})
	e, err := s.evaluator()
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.model(e)
	if err != nil {
		t.Fatal(err)
	}
	return s.manifestShape(m).field("probe")
}
