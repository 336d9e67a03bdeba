package schema_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/schema"
)

// hostile are manifests that would take very long, or all the memory.
var hostile = map[string]string{
	"string doubling": func() string {
		var b strings.Builder
		b.WriteString("_s0: \"0123456789\"\n")
		for i := range 40 {
			fmt.Fprintf(&b, "_s%d: \"\\(_s%d)\\(_s%d)\"\n", i+1, i, i)
		}
		return b.String() + "name: \"shop\"\ndescription: _s40\n"
	}(),
	"struct disjunctions": func() string {
		var b strings.Builder
		b.WriteString("name: \"shop\"\n_d: {\n")
		for i := range 20 {
			fmt.Fprintf(&b, "{a%d: 1} | {b%d: 2}\n", i, i)
		}
		return b.String() + "}\ncomponents: backend: _d\n"
	}(),
	"nested loops": "import \"list\"\nname: \"shop\"\n_l: list.Range(0, 300, 1)\n_n: [for a in _l for b in _l for c in _l {a + b + c}]\ncomponents: backend: port: _n[5]\n",
	"long list":    "import \"list\"\nname: \"shop\"\n_n: [for a in list.Range(0, 10000000, 1) {a}]\ncomponents: backend: port: _n[5]\n",
	"big number":   "import \"math/bits\"\nname: \"shop\"\n_n: bits.Lsh(1, 100000000000)\ncomponents: backend: port: _n\n",
	"deep braces":  "name: \"shop\"\n_x: " + strings.Repeat("{a:", 100_000) + "1" + strings.Repeat("}", 100_000) + "\n",
	"deep parens":  "name: " + strings.Repeat("(", 200_000) + "\"shop\"" + strings.Repeat(")", 200_000) + "\n",
	"long chain":   "name: \"shop\"\n" + strings.Repeat("a: ", 9_000) + "1\n",
	"repeat":       "import \"strings\"\nname: \"shop\"\ndescription: strings.Repeat(\"x\", 10000000000)\n",
	"many errors":  "name: \"shop\"\n" + strings.Repeat("x: 1\ncomponents: backend: port: 0\n", 20_000),
	"many fields": func() string {
		var b strings.Builder
		for i := range 40_000 {
			fmt.Fprintf(&b, "f%d: {a: %d}\n", i, i)
		}
		return b.String()
	}(),
}

// hostileTime is enough to show that a limit is kept, and that it is needed.
const hostileTime = schema.MaxTime / 5

// A hostile manifest is read in a process of its own: what has gone beyond the
// limits ends with the process only.
func TestHostileManifestsEnd(t *testing.T) {
	if manifest := os.Getenv("AEGIS_TEST_HOSTILE"); manifest != "" {
		debug.SetMemoryLimit(512 << 20) // as the tool does
		schema.SetMaxTime(hostileTime)
		_, err := load(realSchema(t), hostile[manifest])
		fmt.Printf("ERROR %v\n", err)
		os.Exit(0)
	}
	for name := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Without limits these take hours; with them, how long the machine needs.
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestHostileManifestsEnd$")
			cmd.Env = append(os.Environ(), "AEGIS_TEST_HOSTILE="+name)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%.2000s", err, out)
			}
			// The limits are looked at now and then, on a busy machine more rarely: a
			// text may double once more.
			if peak := peakMemory(cmd.ProcessState); peak > 8*schema.MaxMemory {
				t.Errorf("took %d MiB", peak>>20)
			}
			if text := string(out); !strings.Contains(text, "ERROR ") || strings.Contains(text, "ERROR <nil>") || strings.Contains(text, string(schema.CodeInternal)) {
				t.Errorf("ended with %.2000s", out)
			}
		})
	}
}

func TestLinksOutOfTheProjectAreRefused(t *testing.T) {
	s := realSchema(t)
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret.cue")
	if err := os.WriteFile(secret, []byte("name: \"hunter2\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{secret, "../" + filepath.Base(outside) + "/secret.cue"} {
		link := filepath.Join(dir, "aegis.cue")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		_, err := s.Load(dir)
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "leads out of the project") {
			t.Errorf("a link to %s gives %v", target, err)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
	// A link inside is an ordinary file.
	if err := os.WriteFile(filepath.Join(dir, "real.cue"), []byte("name: \"shop\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.cue", filepath.Join(dir, "aegis.cue")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(dir); err != nil {
		t.Error(err)
	}
}
