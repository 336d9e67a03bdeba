package cli

import (
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

func routesCommand(p *Program, c *console) *cobra.Command {
	return showCommand(c, "routes", "List what the application serves", func() (any, view, error) {
		a, err := p.application(*c, nil)
		if err != nil {
			return nil, view{}, err
		}
		s, err := serverOf(a)
		if err != nil {
			return nil, view{}, err
		}
		endpoints := s.Endpoints()
		v := view{header: []string{"method", "path", "access", "summary"}}
		for _, e := range endpoints {
			method := e.Method
			if method == "" {
				method = "any"
			}
			v.rows = append(v.rows, []string{method, e.Path, e.Access.String(), e.Summary})
		}
		return endpoints, v, nil
	})
}

func configCommand(p *Program, c *console) *cobra.Command {
	return showCommand(c, "config", "Show the configuration, and where each value comes from", func() (any, view, error) {
		a, err := p.application(*c, nil)
		if err != nil {
			return nil, view{}, err
		}
		variables := a.Variables()
		v := view{header: []string{"variable", "value", "source", "meaning"}}
		for _, variable := range variables {
			v.rows = append(v.rows, []string{variable.Name, variable.Value, string(variable.Source), variable.Doc})
		}
		return variables, v, nil
	})
}

func versionCommand(p *Program, c *console) *cobra.Command {
	return showCommand(c, "version", "Show which build this is", func() (any, view, error) {
		b := app.ReadBuild()
		text := p.Name + " " + b.Version
		if b.Commit != "" {
			text += " (" + b.Commit[:min(len(b.Commit), 12)] + ")"
		}
		return b, view{text: text + " " + b.Go + " " + b.Platform}, nil
	})
}

// view is how a result looks to people: a table or a line.
type view struct {
	header []string
	rows   [][]string
	text   string
}

// showCommand makes a command that only shows something.
func showCommand(c *console, name, short string, find func() (any, view, error)) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			value, v, err := find()
			if err != nil {
				return err
			}
			screen := newScreen(*c)
			switch {
			case asJSON:
				return screen.json(value)
			case v.header == nil:
				screen.line(v.text)
			default:
				screen.table(v.header, v.rows, nil)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
