package assemble

import (
	"slices"
	"testing"

	"github.com/aegis-stack/aegis/generators/all"
)

// What a component costs is in the outline, and nothing else changes it.
func TestOutline(t *testing.T) {
	outline := func(manifest string) *Outline {
		t.Helper()
		o, err := NewOutline(load(t, manifest), all.Generators())
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	bare, postgres := outline("name: \"shop\"\n"), outline("name: \"shop\"\ncomponents: database: engine: \"postgres\"\n")
	if got := bare.Containers.Development; !slices.Equal(got, []string{"app"}) {
		t.Errorf("a service alone has the containers %q", got)
	}
	for _, c := range []struct {
		what        string
		has, hasNot []string
		want        string
	}{
		{"files", postgres.Files, bare.Files, "internal/database/database.go"},
		{"modules", postgres.Modules, bare.Modules, "github.com/jackc/pgx/v5"},
		{"containers for production", postgres.Containers.Production, bare.Containers.Production, "postgres"},
	} {
		if !slices.Contains(c.has, c.want) || slices.Contains(c.hasNot, c.want) {
			t.Errorf("the %s are %q with a database and %q without: only the first should have %q", c.what, c.has, c.hasNot, c.want)
		}
	}
}
