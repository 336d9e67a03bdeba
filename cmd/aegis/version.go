package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is Aegis's own. Generated projects record it, so it must not differ
// between two builds of the same source.
const version = "0.1.0"

// build is what is running.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	return build{version, revision(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
}

func (b build) String() string {
	text := "aegis " + b.Version
	if b.Revision != "" {
		text += " (" + b.Revision + ")"
	}
	return text + " " + b.Go + " " + b.Platform
}

func newVersion(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of aegis",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return c.printJSON(thisBuild())
			}
			fmt.Fprintln(c.out, thisBuild())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// revision is the commit that aegis was built from, empty where the build did
// not record one.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return ""
}

// printJSON prints v as indented JSON.
func (c *console) printJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
