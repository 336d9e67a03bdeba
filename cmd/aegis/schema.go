package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

func newSchema(c *console) *cobra.Command {
	var format string
	var install bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of the manifest, for editors and other tools",
		Long: `Schema prints what a manifest may hold: as one CUE file, against which cue vet
accepts and rejects what validate does, or as JSON Schema.

With --install it is written below cue.mod instead, where the cue command and
editors that speak to "cue lsp" find it. They complete and explain a manifest
that has the lines

    import "` + schema.ImportPath + `"

    schema.#Manifest`,
		Example: `  aegis schema --install
  aegis schema --format jsonschema > aegis.schema.json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("format", format, "cue", "jsonschema"); err != nil {
				return err
			}
			if install && format != "cue" {
				return usagef("--install writes CUE and nothing else")
			}
			s, err := all.Schema()
			if err != nil {
				return err
			}
			print := s.CUE
			if format == "jsonschema" {
				print = s.JSONSchema
			}
			text, err := print()
			if err != nil {
				return err
			}
			if install {
				return c.installSchema(text)
			}
			_, err = c.out.Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "cue", "cue or jsonschema")
	cmd.Flags().BoolVar(&install, "install", false, "write it below cue.mod, for editors")
	return cmd
}

// cueModule makes the folder a module of CUE, without which nothing can be
// imported. The name is one that nobody can publish.
const cueModule = `module: "aegis.invalid/manifest@v0"
language: version: "v0.17.0"
`

// installSchema writes the published schema to where a manifest can import it
// from, and a module file if there is none.
func (c *console) installSchema(text []byte) error {
	target := filepath.Join(c.dir, filepath.FromSlash(schema.PublishedPath))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(target, text, 0o644); err != nil {
		return err
	}
	module, err := os.OpenFile(filepath.Join(c.dir, "cue.mod", "module.cue"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		_, err = module.WriteString(cueModule)
		err = errors.Join(err, module.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if manifest, err := os.ReadFile(filepath.Join(c.dir, schema.ManifestName)); err == nil && !bytes.Contains(manifest, []byte(schema.ImportPath)) {
		fmt.Fprintf(c.err, "%s does not import the schema yet; these lines belong above its fields:\n\n\timport %q\n\n\tschema.#Manifest\n", schema.ManifestName, schema.ImportPath)
	}
	return nil
}
