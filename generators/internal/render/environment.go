package render

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/schema"
)

// Prefix returns what the names of the environment variables of the
// application called name begin with.
func Prefix(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"
}

// EnvExample returns .env.example: every variable with its default, in groups
// of one owner. The application's own come first, then the components'.
func EnvExample(project *schema.Project, environment *Document) []byte {
	groups := map[string][]string{}
	if environment != nil {
		for _, name := range slices.Sorted(maps.Keys(environment.Tree)) {
			owner := environment.Owner(name)
			if project.Component(owner) == nil {
				owner = "" // a blueprint's: the application itself
			}
			groups[owner] = append(groups[owner], name)
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# What %s reads from the environment, with the defaults. For development,\n"+
		"# copy this file to .env and change it there.\n", project.Name)
	for _, owner := range slices.Sorted(maps.Keys(groups)) {
		heading := "application"
		if c := project.Component(owner); c != nil {
			heading = owner
			if c.Summary != "" {
				heading += ": " + c.Summary
			}
		}
		fmt.Fprintf(&out, "\n## %s\n", heading)
		for _, name := range groups[owner] {
			v := variableOf(environment, name)
			out.WriteString("\n")
			if v.Doc != "" {
				fmt.Fprintf(&out, "# %s\n", v.Doc)
			}
			fmt.Fprintf(&out, "# %s%s=%s\n", Prefix(project.Name), name, dotenv(v.Default))
			if v.Secret {
				fmt.Fprintf(&out, "# Or, in the environment, %s%s_FILE names a file that holds it.\n", Prefix(project.Name), name)
			}
		}
	}
	return out.Bytes()
}

// variableOf returns the variable name as it is in the environment document.
func variableOf(environment *Document, name string) schema.Env {
	entry, _ := environment.Tree[name].(map[string]any)
	v := schema.Env{Name: name}
	v.Default, _ = entry["default"].(string)
	v.Doc, _ = entry["doc"].(string)
	v.Secret, _ = entry["secret"].(bool)
	return v
}

var plainDotenv = regexp.MustCompile(`^[A-Za-z0-9_./:,@%+*-]*$`)

// dotenv writes a value so that it is read back as it is.
func dotenv(value string) string {
	switch {
	case plainDotenv.MatchString(value):
		return value
	case !strings.ContainsAny(value, "'\r\n"):
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, `$`, `\$`).Replace(value) + `"`
}
