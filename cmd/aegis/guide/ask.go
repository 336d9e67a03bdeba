package guide

import (
	"errors"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/aegis-stack/aegis/schema"
)

// ErrLeft says that the user left without an answer.
var ErrLeft = errors.New("nothing was created")

// Config is how and about what Ask asks.
type Config struct {
	Schema *schema.Schema
	Start  Choices // what is known already: the name and the module
	// Folder returns where a project of that name goes.
	Folder func(name string) string
	// Refuse returns what speaks against a project of that name, or nil.
	Refuse func(name string) error
	// Command returns the command that repeats choices.
	Command func(Choices) []string

	In  *os.File
	Out *os.File
	// Lines asks with lines of plain text, for screen readers and terminals that
	// can do nothing else.
	Lines bool
	// Color says whether the terminal takes colours.
	Color bool
}

// Ask asks for what a new project is to be. It shows what each choice leads to,
// and writes nothing but to the terminal, which it leaves as it was.
func Ask(config Config) (Choices, error) {
	g, err := NewGuide(config.Schema, config.Start)
	if err != nil {
		return Choices{}, err
	}
	if config.Lines {
		l := lines{Guide: g, config: config, out: config.Out}
		return l.ask(config.In)
	}
	profile := colorprofile.ASCII
	if config.Color {
		profile = colorprofile.ANSI
	}
	end, err := tea.NewProgram(newScreen(g, config), tea.WithInput(config.In), tea.WithOutput(config.Out), tea.WithColorProfile(profile)).Run()
	switch {
	case errors.Is(err, tea.ErrInterrupted), errors.Is(err, tea.ErrProgramKilled), errors.Is(err, io.EOF):
		return Choices{}, ErrLeft
	case err != nil:
		return Choices{}, err
	}
	if s, ok := end.(*screen); !ok || !s.done {
		return Choices{}, ErrLeft
	}
	return g.Choices(), nil
}
