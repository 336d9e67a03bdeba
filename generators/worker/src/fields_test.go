package worker

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestCheckFields(t *testing.T) {
	type address struct {
		Town string    `json:"town"`
		Seen time.Time `json:"seen"`
	}
	type base struct {
		To string `json:"to"`
	}
	type letter struct {
		base

		Copies  int               `json:"copies,omitempty"`
		From    *address          `json:"from"`
		Lines   []address         `json:"lines"`
		Labels  map[string]string `json:"labels"`
		By      map[string]address
		Ignored string `json:"-"`
		Any     any    `json:"any"`
	}
	for _, test := range []struct{ payload, want string }{
		{`{}`, ""},
		{`null`, ""},
		{`{"to": "you", "copies": 2, "labels": {"any": "one"}, "any": {"more": {}}, "from": null}`, ""},
		{`{"from": {"town": "here", "seen": "2026-01-02T15:04:05Z"}, "lines": [{}], "By": {"x": {}}}`, ""},
		{`{"copy": 1, "To": "you"}`, "To is not a field; there are By, any, copies, from, labels, lines, to\n" +
			"copy is not a field; there are By, any, copies, from, labels, lines, to"},
		{`{"from": {"city": ""}}`, "from.city is not a field; there are seen, town"},
		{`{"lines": [{}, {"city": ""}]}`, "lines[1].city is not a field; there are seen, town"},
		{`{"By": {"air": {"city": ""}}}`, "By.air.city is not a field; there are seen, town"},
	} {
		got := ""
		if err := checkFields(json.RawMessage(test.payload), reflect.TypeFor[letter](), ""); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.payload, got, test.want)
		}
	}
	if err := checkFields(json.RawMessage(`{"x": 1}`), reflect.TypeFor[struct{}](), ""); err == nil || err.Error() != "x is not a field; there are none" {
		t.Errorf("nothing is declared: %v", err)
	}
}
