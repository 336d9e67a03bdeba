package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// payloadOf returns the description of a payload that is written with types.
func payloadOf(t *testing.T, fields string) schema.Type {
	t.Helper()
	p := mustLoad(t, infrastructure(t), `import (
	"list"
	"strings"
	"time"
)
_used: [list.Avg([1]), strings.Join([], ""), time.Second]
_text: string & strings.MinRunes(2)
_more: _text
name: "shop"
components: worker: tasks: t: payload: {
`+fields+"\n}\n")
	return p.Component("worker").Payloads["tasks.t.payload"]
}

func TestTypesOfPayloads(t *testing.T) {
	text := schema.Type{Kind: schema.StringType}
	for cue, want := range map[string]schema.Type{
		`string`:                       text,
		`int`:                          {Kind: schema.IntType},
		`float`:                        {Kind: schema.FloatType},
		`number`:                       {Kind: schema.FloatType},
		`bool`:                         {Kind: schema.BoolType},
		`time.Time`:                    {Kind: schema.TimeType},
		`time.Duration`:                {Kind: schema.DurationType},
		`string & time.Duration`:       {Kind: schema.DurationType},
		`*"1s" | time.Duration`:        {Kind: schema.DurationType, Default: "1s"},
		`string & strings.MinRunes(1)`: {Kind: schema.StringType, MinRunes: 1},
		`strings.MinRunes(1) & strings.MaxRunes(9)`: {Kind: schema.StringType, MinRunes: 1, MaxRunes: 9},
		`_text`:                          {Kind: schema.StringType, MinRunes: 2},
		`_more & strings.MaxRunes(3)`:    {Kind: schema.StringType, MinRunes: 2, MaxRunes: 3},
		`=~"^a+$"`:                       {Kind: schema.StringType, Pattern: "^a+$"},
		`*"x" | string`:                  {Kind: schema.StringType, Default: "x"},
		`string | *"x"`:                  {Kind: schema.StringType, Default: "x"},
		`*1 | int & >=1 & <=10`:          {Kind: schema.IntType, Default: 1, Min: "1", Max: "10"},
		`>0 & <1.5`:                      {Kind: schema.FloatType, Min: "0", Max: "1.5", ExclusiveMin: true, ExclusiveMax: true},
		`int & >-5`:                      {Kind: schema.IntType, Min: "-5", ExclusiveMin: true},
		`uint8`:                          {Kind: schema.IntType, Min: "0", Max: "255"},
		`*0.5 | float`:                   {Kind: schema.FloatType, Default: 0.5},
		`bool | *true`:                   {Kind: schema.BoolType, Default: true},
		`"a" | "b"`:                      {Kind: schema.StringType, Enum: []any{"a", "b"}},
		`*"a" | "b"`:                     {Kind: schema.StringType, Enum: []any{"a", "b"}, Default: "a"},
		`1 | 2 | 3`:                      {Kind: schema.IntType, Enum: []any{1, 2, 3}},
		`"always"`:                       {Kind: schema.StringType, Enum: []any{"always"}},
		`[...string]`:                    {Kind: schema.ListType, Elem: &text},
		`[...string] & list.MaxItems(4)`: {Kind: schema.ListType, Elem: &text, MaxItems: 4},
		`[...[...int & >0]]`:             {Kind: schema.ListType, Elem: &schema.Type{Kind: schema.ListType, Elem: &schema.Type{Kind: schema.IntType, Min: "0", ExclusiveMin: true}}},
		`[string]: string`:               {Kind: schema.MapType, Elem: &text},
		`{street: string, zip?: string}`: {Kind: schema.ObjectType, Fields: []schema.Field{{Name: "street", Type: text}, {Name: "zip", Optional: true, Type: text}}},
		`[...{a: string}]`:               {Kind: schema.ListType, Elem: &schema.Type{Kind: schema.ObjectType, Fields: []schema.Field{{Name: "a", Type: text}}}},
	} {
		if got := payloadOf(t, "f: "+cue).Fields; len(got) != 1 || !reflect.DeepEqual(got[0].Type, want) {
			t.Errorf("%s is\n%+v, want\n%+v", cue, got, want)
		}
	}
}

func TestPayloadsKeepOrderAndComments(t *testing.T) {
	got, err := json.Marshal(payloadOf(t, "// Who gets it,\n// and where.\nto: string\nsubject?: string\ncopies: *1 | int\nabout: string"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"object","fields":[{"name":"to","doc":"Who gets it, and where.","type":{"kind":"string"}},` +
		`{"name":"subject","optional":true,"type":{"kind":"string"}},{"name":"copies","type":{"kind":"int","default":1}},` +
		`{"name":"about","type":{"kind":"string"}}]}`
	if string(got) != want {
		t.Errorf("the payload is\n%s\nwant\n%s", got, want)
	}
	p := mustLoad(t, infrastructure(t), `name: "shop", components: worker: tasks: {a: {}, b: payload: {}}`)
	worker := p.Component("worker")
	if _, ok := worker.Payloads["tasks.a.payload"]; ok || worker.Payloads["tasks.b.payload"].Kind != schema.ObjectType {
		t.Errorf("payloads are %+v", worker.Payloads)
	}
	if _, ok := worker.Options["tasks"].(map[string]any)["b"].(map[string]any)["payload"]; ok {
		t.Error("the type is among the options")
	}
}

func TestTypesThatGoCannotHave(t *testing.T) {
	s := infrastructure(t)
	const supported = "\n  hint: types are string, int, float, bool, time.Time, time.Duration, [...string] and { … }, with a default, choices, bounds, strings.MinRunes, strings.MaxRunes or one =~"
	for cue, want := range map[string]string{
		`f: string | int`:                     `7:4: components.worker.tasks.t.payload.f: is a text or an integer, and a field of a payload has one type` + supported,
		`f: _`:                                `7:4: components.worker.tasks.t.payload.f: is anything, and a field of a payload has one type` + supported,
		`f: bytes`:                            `7:4: components.worker.tasks.t.payload.f: is bytes, and a field of a payload has one type` + supported,
		`f?: strings.HasPrefix("x")`:          `7:5: components.worker.tasks.t.payload.f: strings.HasPrefix cannot be part of a payload` + supported,
		`f: !="x"`:                            `7:4: components.worker.tasks.t.payload.f: !="x" cannot be part of a payload` + supported,
		`f: =~"a" & =~"b"`:                    `7:4: components.worker.tasks.t.payload.f: has two patterns, and a field of a payload has at most one` + supported,
		`f: "a" | =~"b"`:                      `7:4: components.worker.tasks.t.payload.f: has alternatives that are not all definite values` + supported,
		"m: int\nf: int & >=m":                `8:4: components.worker.tasks.t.payload.f: >=m depends on another value, which a payload cannot` + supported,
		`f: string | null`:                    `7:4: components.worker.tasks.t.payload.f: may be null, which a field of a payload cannot` + "\n  hint: if it may be left out, write f?: …",
		`f: {a: 1} | {b: 2}`:                  `7:4: components.worker.tasks.t.payload.f: has alternatives, which only texts, numbers and booleans can have` + "\n  hint: write one struct whose fields may be left out: a?: …",
		`f: [int, string]`:                    `7:4: components.worker.tasks.t.payload.f: is a list of a fixed length` + "\n  hint: write the type of all elements: [...string]",
		`f: [...]`:                            `7:4: components.worker.tasks.t.payload.f: does not say what it is a list of` + "\n  hint: write the type of the elements: [...string]",
		`f: [...{x: deep: bytes}]`:            `7:18: components.worker.tasks.t.payload.f.x.deep: is bytes, and a field of a payload has one type` + supported,
		`f: [...string] & list.UniqueItems()`: `7:4: components.worker.tasks.t.payload.f: list.UniqueItems cannot be part of a payload` + "\n  hint: of a list, list.MaxItems can bound the length",
		"order_id: int\norderId: int":         `8:10: components.worker.tasks.t.payload.orderId: "order_id" and "orderId" are the same name in Go` + "\n  hint: rename one of them",
		`"a-b": int`:                          `7:1: components.worker.tasks.t.payload."a-b": "a-b" is not a name such as "order_id" or "orderID": letters, digits and underscores` + "\n  hint: did you mean \"a_b\"?",
		`f: strng`:                            `7:4: components.worker.tasks.t.payload.f: "strng" is not defined` + "\n  hint: did you mean string?",
		`f: string & 5`:                       `7:4: components.worker.tasks.t.payload.f: string and 5 contradict each other` + "\n  hint: delete one of the two",
	} {
		manifest := "import (\n\t\"list\"\n\t\"strings\"\n)\n_used: [list.Avg([1]), strings.Join([], \"\")]\nname: \"shop\", components: worker: tasks: t: payload: {\n" + cue + "\n}\n"
		_, err := load(s, manifest)
		if err == nil {
			t.Errorf("%s is accepted", cue)
		} else if got := err.Error(); got != "aegis.cue:"+want {
			t.Errorf("%s gives\n%s\nwant\naegis.cue:%s", cue, got, want)
		}
	}
	wantDiagnostics(t, s, "name: \"shop\"\ncomponents: worker: tasks: {a: payload: \"x\", b: payload: [string]}\n", `
aegis.cue:2:41: components.worker.tasks.a.payload: must be fields with their types in braces, as in { to: string }, not the text "x"
aegis.cue:2:58: components.worker.tasks.b.payload: must be fields with their types in braces, as in { to: string }, not a list in brackets [ … ]`)
	// A type is one where a payload is described, and nowhere else.
	wantDiagnostics(t, s, "name: \"shop\"\ndescription: string\ncomponents: worker: tasks: a: {timeout: string, retries: int, payload: to: string}\ncomponents: scheduler: jobs: j: {every: string, task: \"a\", payload: to: string}\n", `
aegis.cue:4:41: components.scheduler.jobs.j.every: has no definite value yet
  hint: give it a duration such as "30s", "500ms" or "1h30m"
aegis.cue:4:73: components.scheduler.jobs.j.payload.to: has no definite value yet
  hint: give it a value`)
}

func TestPayloadsOfJobs(t *testing.T) {
	s := infrastructure(t)
	task := "name: \"shop\"\ncomponents: worker: tasks: {\n\ta: payload: {to: string, n: *2 | int & >=2 & <=9, o?: {x: int}, m?: [string]: int, t?: \"a\" | \"b\", l?: [...int], d?: =~\"^[0-9]+$\"}\n\tb: {}\n}\n"
	for job, want := range map[string]string{
		`payload: {to: "x"}`:                             "",
		`payload: {to: "x", n: 9, o: x: 1, m: z: 1}`:     "",
		`payload: {to: "x", t: "a", l: [1, 2], d: "12"}`: "",
		``:                                `6:30: components.scheduler.jobs.j.payload.to: is missing` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload\n  hint: add to: a text in quotes",
		`payload: {}`:                     `6:58: components.scheduler.jobs.j.payload.to: is missing` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload\n  hint: add to: a text in quotes",
		`payload: {to: 5}`:                `6:72: components.scheduler.jobs.j.payload.to: must be a text in quotes, not 5` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload\n  hint: write it in quotes: \"5\"",
		`payload: {to: "x", n: 1}`:        `6:80: components.scheduler.jobs.j.payload.n: must be an integer from 2 to 9, not 1` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload",
		`payload: {to: "x", too: "y"}`:    `6:82: components.scheduler.jobs.j.payload.too: unknown field "too"` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload\n  hint: did you mean \"to\"?",
		`payload: {to: "x", o: y: 1}`:     `6:77: components.scheduler.jobs.j.payload.o.x: is missing` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload\n  hint: add x: an integer\naegis.cue:6:83: components.scheduler.jobs.j.payload.o.y: unknown field \"y\"",
		`payload: {to: "x", m: z: "1"}`:   `6:83: components.scheduler.jobs.j.payload.m.z: must be an integer, not the text "1"` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload\n  hint: write 1 without quotes",
		`payload: {to: "x", t: "c"}`:      `6:80: components.scheduler.jobs.j.payload.t: must be one of "a", "b", not "c"` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload\n  hint: did you mean \"a\"?",
		`payload: {to: "x", l: [1, 0.5]}`: `6:84: components.scheduler.jobs.j.payload.l.1: must be an integer, not 0.5` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload",
		`payload: {to: "x", d: "x"}`:      `6:80: components.scheduler.jobs.j.payload.d: "x" is not a text that matches ^[0-9]+$` + "\n  aegis.cue:3:14: components.worker.tasks.a.payload",
		`task: "b", payload: {to: "x"}`:   `6:67: components.scheduler.jobs.j.payload: the task b takes no payload` + "\n  hint: delete it, or describe it: components.worker.tasks.b.payload: {…}",
	} {
		if !strings.HasPrefix(job, "task") {
			job = `task: "a", ` + job
		}
		_, err := load(s, task+`components: scheduler: jobs: j: {every: "1h", `+job+"}\n")
		switch {
		case err == nil && want != "":
			t.Errorf("%s is accepted, want\n%s", job, want)
		case err != nil && (want == "" || !strings.HasPrefix(err.Error(), "aegis.cue:"+want)):
			t.Errorf("%s gives\n%v\nwant\naegis.cue:%s", job, err, want)
		}
	}
	wantDiagnostics(t, s, "name: \"shop\"\ncomponents: {worker: tasks: a: payload: {x: int, y: string}, scheduler: jobs: {a: {every: \"1h\", task: \"a\", payload: x: \"1\"}, b: {every: \"0s\", task: \"a\", zz: 1}}}\n", `
aegis.cue:2:108: components.scheduler.jobs.a.payload.y: is missing
  aegis.cue:2:41: components.worker.tasks.a.payload
  hint: add y: a text in quotes
aegis.cue:2:120: components.scheduler.jobs.a.payload.x: must be an integer, not the text "1"
  aegis.cue:2:41: components.worker.tasks.a.payload
  hint: write 1 without quotes
aegis.cue:2:126: components.scheduler.jobs.b.payload.x: is missing
  aegis.cue:2:41: components.worker.tasks.a.payload
  hint: add x: an integer
aegis.cue:2:126: components.scheduler.jobs.b.payload.y: is missing
  aegis.cue:2:41: components.worker.tasks.a.payload
  hint: add y: a text in quotes
aegis.cue:2:137: components.scheduler.jobs.b.every: "0s" is not a duration from 1s to 8760h
aegis.cue:2:154: components.scheduler.jobs.b.zz: unknown field "zz"
  hint: there are every, cron, timezone, timeout, overlap, misfire, jitter, task, payload`)
}
