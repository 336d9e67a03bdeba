package database

import (
	"strings"
	"testing"
)

func TestWithoutValues(t *testing.T) {
	for _, test := range []struct{ query, want string }{
		{`SELECT * FROM a WHERE x = 'secret'`, `SELECT * FROM a WHERE x = ?`},
		{`SELECT 'it''s secret', "a 'b'" FROM t1`, `SELECT ?, "a 'b'" FROM t1`},
		{`SELECT E'it\'s secret', X'ff', 1.5e+3, 42`, `SELECT ?, ?, ?, ?`},
		{"SELECT $$secret$$,\n\t1", `SELECT ?, ?`},
		{`SELECT 'secret`, `SELECT ?`},
		{strings.Repeat("é", 300), strings.Repeat("é", 250) + " …"},
	} {
		if got := withoutValues(test.query); got != test.want {
			t.Errorf("withoutValues(%q) = %q, want %q", test.query, got, test.want)
		}
	}
}
