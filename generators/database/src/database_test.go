package database_test

import (
	"testing"

	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

func TestStart(t *testing.T) {
	c := databasetest.New(t)
	if _, err := c.DB().ExecContext(t.Context(), "CREATE TABLE a (x TEXT)"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := c.Read().NewRaw("SELECT count(*) FROM a").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
}
