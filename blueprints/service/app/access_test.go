package app_test

import (
	"encoding/json"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

func TestOperationsSayWhomTheyAnswer(t *testing.T) {
	write := app.Permission("notes.write")
	for _, test := range []struct {
		name     string
		security []map[string][]string
		want     app.Access
		text     string
	}{
		{"nothing said", nil, app.Access{}, "unsaid"},
		{"everybody", app.Everybody, app.Public, "public"},
		{"everybody", app.Only(app.Public), app.Public, "public"},
		{"accounts", app.SignedInOnly, app.SignedIn, "signed in"},
		{"accounts", app.Only(app.SignedIn), app.SignedIn, "signed in"},
		{"administrators", app.AdminOnly, app.Admin, "admin"},
		{"administrators", app.Only(app.Admin), app.Admin, "admin"},
		{"a permission", app.Only(write), write, "notes.write"},
		{"an account or an administrator", []map[string][]string{{"account": {}}, {"admin": {}}}, app.Admin, "admin"},
		{"two permissions at once", []map[string][]string{{"account": {"notes.read", "notes.write"}}}, app.Permission("notes.read notes.write"), "notes.read notes.write"},
	} {
		got := app.AccessTo(&huma.Operation{Security: test.security})
		if text, err := json.Marshal(got); got != test.want || string(text) != `"`+test.text+`"` || err != nil {
			t.Errorf("%s: %v is the access %s (%v), want %s", test.name, test.security, text, err, test.text)
		}
	}
	if write == app.Permission("notes.read") || app.Permission("admin") == app.Admin || write.Open() || !app.Public.Open() || !(app.Access{}).Open() {
		t.Error("permissions are not told apart, or open")
	}
}
