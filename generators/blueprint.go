package generators

import (
	"bytes"
	"fmt"
	"go/version"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/aegis-stack/aegis/schema"
)

// Blueprint returns the generator of a whole application that compiles and
// runs where it lies, in folder, under the name name. It becomes the project's
// own:
//
//	cmd/<name>/*.go        → cmd/<project>/; main.go and components.go once
//	<package>/             → internal/<package>/
//	<file>, .<folder>/     → the same place
//	<file>.tmpl            → <file>, a text/template of the project and its Go
//	<document>.jsonnet     its fragment of a shared document
//	modules.json           what its packages import from other modules
//
// The documents that the pipeline builds from fragments (components_gen.go,
// .env.example) lie in the folder to make it run, and are not copied.
func Blueprint(name string, folder fs.FS) Generator {
	return &blueprint{name: name, folder: folder}
}

type blueprint struct {
	name   string
	folder fs.FS
}

func (b *blueprint) Name() string { return b.name }

func (b *blueprint) Schema() []byte { return nil }

func (b *blueprint) Generate(request Request) (Response, error) {
	files, err := b.Files(request)
	if err != nil {
		return Response{}, err
	}
	modules, err := moduleFragments(b.folder, []string{"modules.json"})
	if err != nil {
		return Response{}, err
	}
	documents, err := documentFragments(b.folder, request)
	if err != nil {
		return Response{}, err
	}
	return Response{
		Files:     files,
		Fragments: slices.Concat([]Fragment{environment(request.Project.Env)}, modules, documents),
	}, nil
}

// Files returns the files of the response.
func (b *blueprint) Files(request Request) ([]File, error) {
	goVersion, err := b.goVersion()
	if err != nil {
		return nil, err
	}
	var files []File
	err = fs.WalkDir(b.folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		target, policy := b.target(name, request.Project.Name)
		if target == "" {
			return nil
		}
		file, err := read(b.folder, name, target)
		if err != nil {
			return err
		}
		file.Policy = policy
		if prose, ok := strings.CutSuffix(target, ".tmpl"); ok {
			file.Path = prose
			if file.Content, err = execute(name, file.Content, view{request.Project, goVersion}); err != nil {
				return err
			}
		}
		file.Hint = hints[file.Path]
		files = append(files, file)
		return nil
	})
	return files, err
}

// hints say, for files that are Aegis's alone, where an edit belongs instead.
var hints = map[string]string{
	"Dockerfile": "an image of your own belongs in another Dockerfile, which compose.override.yaml can name",
}

// view is what a template sees: the project, and the version of Go that it is
// built with, such as "1.26".
type view struct {
	*schema.Project
	Go string
}

// Quoted returns text as a Dockerfile takes it.
func (view) Quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(text) + `"`
}

// goVersion returns the language version that the packages ask for.
func (b *blueprint) goVersion() (string, error) {
	modules, err := moduleFragments(b.folder, []string{"modules.json"})
	if err != nil || len(modules) == 0 {
		return "", err
	}
	full, _ := modules[0].Data["go"].(string)
	return strings.TrimPrefix(version.Lang("go"+full), "go"), nil
}

// target says where the file name goes in the project called project; empty
// means nowhere.
func (b *blueprint) target(name, project string) (string, Policy) {
	command := "cmd/" + b.name + "/"
	switch {
	case name == ".env.example", name == "modules.json", name == command+"components_gen.go":
		return "", ""
	case name == command+"main.go", name == command+"components.go":
		return path.Join("cmd", project, path.Base(name)), CreateOnce
	case strings.HasPrefix(name, command):
		return path.Join("cmd", project, strings.TrimPrefix(name, command)), Merge
	case name == "Dockerfile.tmpl":
		return name, Regenerate
	case !strings.Contains(name, "/"):
		if strings.HasSuffix(name, ".jsonnet") || strings.HasSuffix(name, ".libsonnet") {
			return "", ""
		}
		return name, Merge
	case strings.HasPrefix(name, "."):
		return name, Merge
	}
	return path.Join("internal", name), Merge
}

// execute fills in the template of a text for people.
func execute(name string, text []byte, data view) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("execute template: %w", err)
	}
	return out.Bytes(), nil
}
