package report_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/aegis-stack/aegis/schema"
	"github.com/aegis-stack/aegis/schema/report"
)

var diags = []*schema.Diagnostic{
	{
		File: "aegis.cue", Line: 3, Column: 18, Path: "components.backend.port", Code: schema.CodeConflict, Severity: schema.Error,
		Message: "is 9090 here and 8080 elsewhere", Hint: "delete one of the two", Text: "\tbackend: {port: 9090}",
		Related: []schema.Related{{File: "other file.cue", Line: 2, Column: 4, Message: "the other value", Text: "ä: 8080"}},
	},
	{File: "aegis.cue", Line: 9, Column: 1, Code: schema.CodeSyntax, Severity: schema.Error, Message: "the file ends, 100%\nhere: now"},
}

func write(t *testing.T, format string, diags []*schema.Diagnostic, color bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, format, diags, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	const want = `aegis.cue:3:18: components.backend.port: is 9090 here and 8080 elsewhere
  backend: {port: 9090}
                  ^
  other file.cue:2:4: the other value
  ä: 8080
    ^
  hint: delete one of the two
aegis.cue:9:1: the file ends, 100%�here: now
`
	got := write(t, "text", diags, false)
	// The caret of the first stands below the 18th byte, less the tab that is cut.
	if !strings.Contains(got, "  backend: {port: 9090}\n"+strings.Repeat(" ", 2+16)+"^\n") {
		t.Errorf("the caret is elsewhere:\n%s", got)
	}
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(got, "\x1b") {
		t.Error("there is colour where none was asked for")
	}
	if colored := write(t, "text", diags, true); !strings.Contains(colored, "\x1b[31m") || !strings.Contains(colored, "\x1b[0m") {
		t.Errorf("there is no colour in %q", colored)
	}
}

// The texts come from somebody else's manifest: they must not drive the
// terminal, nor fill it.
func TestTextIsHarmless(t *testing.T) {
	hostile := []*schema.Diagnostic{{
		File: "aegis.cue", Line: 1, Column: 5001, Path: "a\x1b[2J", Message: "\x1b]0;gotcha\x07", Hint: "\x1b[31m",
		Text: strings.Repeat("a", 5000) + "\x1b[2J" + strings.Repeat("b", 5000),
	}}
	got := write(t, "text", hostile, false)
	if strings.ContainsAny(got, "\x1b\x07") {
		t.Errorf("control characters came through: %q", got)
	}
	for line := range strings.Lines(got) {
		if len([]rune(line)) > 120 {
			t.Errorf("a line has %d characters", len([]rune(line)))
		}
	}
	// A column beyond the line, as at the end of a file, shows no caret.
	odd := []*schema.Diagnostic{{File: "a", Line: 1, Column: 99, Message: "m", Text: "short"}}
	if got := write(t, "text", odd, false); got != "a:1:99: m\n" {
		t.Errorf("got %q", got)
	}
}

func TestJSON(t *testing.T) {
	const want = `{
  "diagnostics": [
    {
      "file": "aegis.cue",
      "line": 3,
      "column": 18,
      "path": "components.backend.port",
      "code": "AEG017",
      "severity": "error",
      "message": "is 9090 here and 8080 elsewhere",
      "hint": "delete one of the two",
      "related": [
        {
          "file": "other file.cue",
          "line": 2,
          "column": 4,
          "message": "the other value"
        }
      ]
    },
    {
      "file": "aegis.cue",
      "line": 9,
      "column": 1,
      "path": "",
      "code": "AEG002",
      "severity": "error",
      "message": "the file ends, 100%\nhere: now",
      "hint": "",
      "related": []
    }
  ]
}
`
	if got := write(t, "json", diags, true); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := write(t, "json", nil, false); got != "{\n  \"diagnostics\": []\n}\n" {
		t.Errorf("nothing is %q", got)
	}
}

func TestGitHub(t *testing.T) {
	const want = `::error file=aegis.cue,line=3,col=18,title=AEG017::components.backend.port: is 9090 here and 8080 elsewhere%0Ahint: delete one of the two
::error file=aegis.cue,line=9,col=1,title=AEG002::the file ends, 100%25%0Ahere: now
`
	if got := write(t, "github", diags, false); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// The schema that SARIF publishes accepts the output.
func TestSARIFSchema(t *testing.T) {
	const name = "sarif.json"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, decode(t, sarifSchema(t))); err != nil {
		t.Fatal(err)
	}
	published, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, diags := range [][]*schema.Diagnostic{diags, nil} {
		if err := published.Validate(decode(t, write(t, "sarif", diags, false))); err != nil {
			t.Error(err)
		}
	}
}

func decode(t *testing.T, text string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// sarifSchema returns the schema of SARIF 2.1.0, which the package sarif keeps
// to itself.
func sarifSchema(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", reflect.TypeFor[sarif.Report]().PkgPath()).Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	literal := file.Decls[0].(*ast.GenDecl).Specs[0].(*ast.ValueSpec).Values[0].(*ast.BasicLit)
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSARIF(t *testing.T) {
	type text struct {
		Text string `json:"text"`
	}
	type place struct {
		PhysicalLocation struct {
			ArtifactLocation struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region struct {
				StartLine   int `json:"startLine"`
				StartColumn int `json:"startColumn"`
			} `json:"region"`
		} `json:"physicalLocation"`
	}
	var log struct {
		Version string `json:"version"`
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string `json:"name"`
					Rules []struct {
						ID               string `json:"id"`
						ShortDescription text   `json:"shortDescription"`
					} `json:"rules"`
				} `json:"driver"`
			} `json:"tool"`
			Results []struct {
				RuleID           string  `json:"ruleId"`
				RuleIndex        int     `json:"ruleIndex"`
				Level            string  `json:"level"`
				Message          text    `json:"message"`
				Locations        []place `json:"locations"`
				RelatedLocations []place `json:"relatedLocations"`
			} `json:"results"`
		} `json:"runs"`
	}
	if err := json.Unmarshal([]byte(write(t, "sarif", diags, false)), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || run.Tool.Driver.Name != "aegis" || len(run.Results) != 2 {
		t.Fatalf("got %+v", log)
	}
	for _, r := range run.Results {
		rule := run.Tool.Driver.Rules[r.RuleIndex]
		if rule.ID != r.RuleID || rule.ShortDescription.Text == "" || r.Level != "error" || r.Message.Text == "" {
			t.Errorf("result %+v has the rule %+v", r, rule)
		}
	}
	rel := run.Results[0].RelatedLocations[0].PhysicalLocation
	if rel.ArtifactLocation.URI != "other%20file.cue" || rel.Region.StartLine != 2 || rel.Region.StartColumn != 3 {
		t.Errorf("the related place is %+v, want a URI and a column in characters", rel)
	}
	if got := write(t, "sarif", nil, false); !strings.Contains(got, `"results": []`) || !strings.Contains(got, `"rules": []`) {
		t.Errorf("nothing is %s", got)
	}
}

func TestUnknownFormat(t *testing.T) {
	err := report.Write(&bytes.Buffer{}, "xml", diags, false)
	if err == nil || !strings.Contains(err.Error(), `"xml"`) || !strings.Contains(err.Error(), "sarif") {
		t.Errorf("error is %v", err)
	}
}
