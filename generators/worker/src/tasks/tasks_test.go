package tasks

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// email is a payload with everything that it must have.
const email = `{"to": "a@b", "level": 2, "always": "yes", "ratio": 1, "due": "2026-01-02T03:04:05Z",
	"address": {"street": "x"}, "validate": "", "n_half": 1}`

// with returns the payload with other values.
func with(t *testing.T, changes map[string]string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(email), &fields); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		if value == "" {
			delete(fields, name)
		} else {
			fields[name] = json.RawMessage(value)
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func definition(t *testing.T, name string) worker.Definition {
	t.Helper()
	for _, d := range new(Tasks).Tasks() {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("there is no task %s", name)
	return worker.Definition{}
}

func TestDefaults(t *testing.T) {
	var p SendEmail
	if err := json.Unmarshal([]byte(email), &p); err != nil {
		t.Fatal(err)
	}
	if p.Kind != "letter" || p.Copies != 1 || *p.Offset != 5 || !*p.Urgent || p.HTML || p.Share != 0.5 || time.Duration(*p.Wait) != 90*time.Second {
		t.Errorf("the defaults are %+v", p)
	}
	if p.Subject != nil || p.Pause != nil || p.NotAfter != nil || p.Tags != nil || p.Address.Geo != nil {
		t.Errorf("what was left out is there: %+v", p)
	}
	if err := json.Unmarshal([]byte(with(t, map[string]string{"offset": "0", "urgent": "false", "copies": "3", "wait": `"0s"`})), &p); err != nil {
		t.Fatal(err)
	}
	if *p.Offset != 0 || *p.Urgent || p.Copies != 3 || *p.Wait != 0 {
		t.Errorf("the values are %+v", p)
	}
}

func TestPayloadsSurviveTheirJSON(t *testing.T) {
	no, five, pause := false, "five", DurationText(time.Minute)
	p := SendEmail{
		To: "a@b", Subject: &five, Urgent: &no, Level: 1, Always: "yes", Ratio: 0.5, Due: time.Unix(1, 0).UTC(), Pause: &pause, NHalf: 1,
		Tags: []string{"x"}, Headers: map[string]string{"a": "b"}, Grid: [][]int{{1}}, Waits: map[string]DurationText{"a": pause},
		Address: SendEmailAddress{Street: "s", Geo: &SendEmailAddressGeo{Lat: 1}},
		Lines:   []SendEmailLinesItem{{Sku: "ab", OrderID: 7, N: 2}},
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var got SendEmail
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	offset, wait := 5, DurationText(90*time.Second)
	p.Kind, p.Copies, p.Share, p.Offset, p.Wait = "letter", 1, 0.5, &offset, &wait
	if !reflect.DeepEqual(got, p) {
		t.Errorf("%s is decoded as %+v, want %+v", text, got, p)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

func TestMessages(t *testing.T) {
	check := definition(t, "send_email").Check
	if err := check(json.RawMessage(email)); err != nil {
		t.Error(err)
	}
	for _, test := range []struct{ field, value, want string }{
		{"to", "", "to is missing"},
		{"to", "null", "to is missing"},
		{"to", `"nobody"`, `to must match ^[^@ ]+@[^@ ]+$, not "nobody"`},
		{"to", "5", "to must be of the type string, not number"},
		{"subject", `""`, "subject must have at least 1 character, not 0"},
		{"subject", `"` + strings.Repeat("ä", 79) + `"`, "subject must have at most 78 characters, not 79"},
		{"kind", `"box"`, `kind must be one of "letter", "parcel", not "box"`},
		{"copies", "-1", "copies must be at least 1, not -1"},
		{"copies", "11", "copies must be at most 10, not 11"},
		{"level", "4", "level must be one of 1, 2, 3, not 4"},
		{"always", `"no"`, `always must be "yes", not "no"`},
		{"ratio", "0", "ratio must be greater than 0, not 0"},
		{"ratio", "1.5", "ratio must be less than 1.5, not 1.5"},
		{"tags", `["a","b","c","d","e"]`, "tags must have at most 4 elements, not 5"},
		{"tags", `["a",""]`, "tags[1] must have at least 1 character, not 0"},
		{"grid", `[[1],[2,-3]]`, "grid[1][1] must be at least 0, not -3"},
		{"headers", `{"a":"b","c":"D"}`, `headers["c"] must match ^[a-z%]*$, not "D"`},
		{"wait", `"soon"`, `"soon" is not a duration such as "1m30s"`},
		{"due", `"soon"`, `parsing time "soon"`},
		{"address", `{}`, "address.street is missing"},
		{"address", `[]`, "address must be an object"},
		{"address", `{"street":"x","zip":"1"}`, `address.zip must match ^[0-9]{5}$, not "1"`},
		{"address", `{"street":"x","geo":{"lat":91,"lon":0}}`, "address.geo.lat must be at most 90, not 91"},
		{"address", `{"street":"x","geo":{"lat":9}}`, "address.geo.lon is missing"},
		{"lines", `[{"sku":"ab","orderId":1},{"sku":"a","orderId":1}]`, "lines[1].sku must have at least 2 characters, not 1"},
		{"lines", `[{"sku":"ab"}]`, "lines[].orderId is missing"},
		{"places", `{"b":{"name":"abcdef"}}`, `places["b"].name must have at most 5 characters, not 6`},
		{"n_half", "0", "n_half must be at least 0.5, not 0"},
	} {
		err := check(json.RawMessage(with(t, map[string]string{test.field: test.value})))
		if err == nil || !strings.HasPrefix(err.Error(), "the payload of send_email: "+test.want) {
			t.Errorf("%s: %s gives %v, want %s", test.field, test.value, err, test.want)
		}
	}
	if err := check(json.RawMessage(with(t, map[string]string{"to": `"x"`, "level": "9"}))); err == nil || strings.Count(err.Error(), "must") != 2 {
		t.Errorf("of two mistakes there are: %v", err)
	}
	if err := definition(t, "send_email_address").Check(json.RawMessage(`{"w": {"x": 2}}`)); err == nil || !strings.Contains(err.Error(), "w.x must be 1, not 2") {
		t.Errorf("got %v", err)
	}
}
