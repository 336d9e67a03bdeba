package database

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestCreateMigration(t *testing.T) {
	folder := t.TempDir()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	path, err := createMigration(folder, "Add-orders", now)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, "20260102030405_add_orders.sql") {
		t.Errorf("its name is %s", path)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != emptyMigration {
		t.Errorf("it is %q (%v)", text, err)
	}
	if _, err := createMigration(folder, "add_orders", now); err == nil {
		t.Error("one is written over the other")
	}
	if _, err := createMigration(folder, "../x", now); err == nil {
		t.Error("it is written elsewhere")
	}
	list, err := owner{"app", os.DirFS(folder)}.sources()
	if err != nil || len(list) != 1 || list[0].Version != 20260102030405 {
		t.Errorf("it is read as %v (%v)", list, err)
	}
}
