package report

import (
	"io"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/aegis-stack/aegis/schema"
)

// The part of SARIF 2.1.0 that diagnostics need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID           string          `json:"ruleId"`
		RuleIndex        int             `json:"ruleIndex"`
		Level            string          `json:"level"`
		Message          sarifMessage    `json:"message"`
		Locations        []sarifLocation `json:"locations"`
		RelatedLocations []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical  `json:"physicalLocation"`
		LogicalLocations []sarifLogical `json:"logicalLocations,omitempty"`
		Message          *sarifMessage  `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
)

func writeSARIF(w io.Writer, diags []*schema.Diagnostic) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "aegis", Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	var codes []schema.Code
	for _, d := range diags {
		if !slices.Contains(codes, d.Code) {
			codes = append(codes, d.Code)
		}
	}
	slices.Sort(codes)
	for _, c := range codes {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{string(c), sarifMessage{c.Title()}})
	}
	for _, d := range diags {
		loc := location(d.File, d.Line, d.Column, d.Text)
		if d.Path != "" {
			loc.LogicalLocations = []sarifLogical{{d.Path}}
		}
		result := sarifResult{
			RuleID: string(d.Code), RuleIndex: slices.Index(codes, d.Code), Level: string(d.Severity),
			Message: sarifMessage{sentence(d)}, Locations: []sarifLocation{loc},
		}
		for _, r := range d.Related {
			rel := location(r.File, r.Line, r.Column, r.Text)
			rel.Message = &sarifMessage{r.Message}
			result.RelatedLocations = append(result.RelatedLocations, rel)
		}
		run.Results = append(run.Results, result)
	}
	return encode(w, sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

// location counts columns in characters, since SARIF does not know bytes.
func location(file string, line, column int, text string) sarifLocation {
	if column <= len(text)+1 {
		column = utf8.RuneCountInString(text[:column-1]) + 1
	}
	return sarifLocation{PhysicalLocation: sarifPhysical{
		sarifArtifact{(&url.URL{Path: file}).String()}, sarifRegion{line, column},
	}}
}
