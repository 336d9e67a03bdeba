package generators

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/schema"
)

// FromFS returns the generator of the component that lies in folder, which is
// embedded and holds
//
//	component.cue      options, bounds, defaults and needs; required
//	src/               its Go package and tests, emitted as internal/<name>/
//	modules.json       what src imports from other modules
//	README.md          what there is to say about it, emitted beside its package
//	<document>.jsonnet its fragment of a shared document, a function of the model
//
// The folders of src that variants names are emitted only when the project
// chose them; what they import beyond the rest is in modules.<variant>.json. So
// are their files in folders for tests of others: src/<name>test/<variant>.go.
func FromFS(name string, folder fs.FS, variants ...string) Generator {
	return &component{name: name, folder: folder, variants: variants}
}

// With returns g, which [FromFS] made, with responses that change alters: for
// files that are a list of what the manifest declares. A variant of g stands in
// for these files where g's code lies.
func With(g Generator, change func(Request, *Response) error) Generator {
	return &changed{component: g.(*component), change: change}
}

type changed struct {
	*component
	change func(Request, *Response) error
}

func (c *changed) Generate(request Request) (Response, error) {
	response, err := c.component.Generate(request)
	if err != nil {
		return Response{}, err
	}
	return response, c.change(request, &response)
}

type component struct {
	name     string
	folder   fs.FS
	variants []string
}

func (c *component) Name() string { return c.name }

// Schema panics when there is no component.cue: the folder is compiled in, so
// that only a mistake of ours can take it away.
func (c *component) Schema() []byte {
	text, err := fs.ReadFile(c.folder, "component.cue")
	if err != nil {
		panic("generators: " + c.name + ": " + err.Error())
	}
	return text
}

// Readme returns the component's README.md, nil if it has none.
func (c *component) Readme() []byte {
	text, err := fs.ReadFile(c.folder, "README.md")
	if err != nil {
		return nil
	}
	return text
}

func (c *component) Generate(request Request) (Response, error) {
	if request.Component == nil {
		return Response{}, fmt.Errorf("%s is not part of the project", c.name)
	}
	files, err := c.Files(request)
	if err != nil {
		return Response{}, err
	}
	fragments := []Fragment{environment(request.Component.Env)}
	nodes, err := wiring(c.folder, c.name, request.Component.Variants)
	if err != nil {
		return Response{}, err
	}
	if nodes != nil {
		fragments = append(fragments, Fragment{Document: Wiring, Data: nodes})
	}
	locks := []string{"modules.json"}
	for _, v := range request.Component.Variants {
		locks = append(locks, "modules."+v+".json")
	}
	modules, err := moduleFragments(c.folder, locks)
	if err != nil {
		return Response{}, err
	}
	documents, err := documentFragments(c.folder, request)
	if err != nil {
		return Response{}, err
	}
	return Response{Files: files, Fragments: slices.Concat(fragments, modules, documents)}, nil
}

// Variants returns the folders of src that are emitted only when chosen.
func (c *component) Variants() []string { return c.variants }

// Files returns the files of the response: README.md and what src holds,
// without the variants that were not chosen.
func (c *component) Files(request Request) ([]File, error) {
	chosen := request.Component.Variants
	for _, v := range chosen {
		if !slices.Contains(c.variants, v) {
			return nil, fmt.Errorf("%s has no variant %q", c.name, v)
		}
	}
	var files []File
	err := fs.WalkDir(c.folder, "src", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		within := strings.TrimPrefix(name, "src/")
		if entry.IsDir() {
			if slices.Contains(c.variants, within) && !slices.Contains(chosen, within) {
				return fs.SkipDir
			}
			return nil
		}
		if v := helps(within); slices.Contains(c.variants, v) && !slices.Contains(chosen, v) {
			return nil
		}
		f, err := read(c.folder, name, path.Join("internal", c.name, within))
		files = append(files, f)
		return err
	})
	if text := c.Readme(); text != nil {
		files = append(files, File{Path: path.Join("internal", c.name, "README.md"), Policy: Merge, Mode: 0o644, Content: text})
	}
	return files, err
}

// helps returns the name that a file in a folder for tests of others has, which
// may be that of a variant; "" for all other files.
func helps(within string) string {
	dir, file := path.Split(within)
	name, isGo := strings.CutSuffix(file, ".go")
	if !isGo || !strings.HasSuffix(dir, "test/") {
		return ""
	}
	return name
}

// read returns the file name of folder as one that is emitted to target.
func read(folder fs.FS, name, target string) (File, error) {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return File{}, err
	}
	// Embedded files have lost their mode: what starts like a script is one.
	mode := fs.FileMode(0o644)
	if len(text) > 2 && string(text[:2]) == "#!" {
		mode = 0o755
	}
	return File{Path: target, Policy: Merge, Mode: mode, Content: text}, nil
}

// environment returns the fragment that announces variables.
func environment(variables []schema.Env) Fragment {
	data := make(map[string]any, len(variables))
	for _, v := range variables {
		data[v.Name] = map[string]any{"default": v.Default, "doc": v.Doc, "secret": v.Secret}
	}
	return Fragment{Document: Environment, Data: data}
}
