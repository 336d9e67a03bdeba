package guide

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// screen asks on a whole terminal. What was answered is in the guide; this is
// where the cursor is and what the keys do.
type screen struct {
	*Guide

	config        Config
	width, height int

	fields  [2]field // the name and the module
	focus   int      // which of them
	cursors map[Step]int
	scroll  int    // of the tree
	problem error  // of the name
	message string // about the last key

	shown *Preview // the last one of the choices, while the next is made
	busy  bool     // one is being made
	done  bool     // it is to be created
}

func newScreen(g *Guide, config Config) *screen {
	s := &screen{
		Guide: g, config: config, width: 80, height: 24,
		fields: [2]field{newField(g.Name), newField(g.Module)}, cursors: map[Step]int{},
	}
	s.edited()
	return s
}

// previewed says that a preview was made.
type previewed struct{}

// Init is the first thing to do.
func (s *screen) Init() tea.Cmd { return s.previewNext() }

// Update does what a key or a message means.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.width, s.height = msg.Width, msg.Height
	case previewed:
		s.busy = false
	case tea.PasteMsg:
		if s.step == StepName {
			s.fields[s.focus].insert(msg.Content)
			s.edited()
		}
	case tea.KeyPressMsg:
		s.message = ""
		if cmd := s.key(msg); cmd != nil {
			return s, cmd
		}
	}
	return s, s.previewNext()
}

// key does what a key means, and returns how to end if it does.
func (s *screen) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	if name == "ctrl+j" {
		// What Enter is while the terminal is not set up yet.
		msg, name = tea.KeyPressMsg{Code: tea.KeyEnter}, "enter"
	}
	switch name {
	case "ctrl+c":
		return tea.Quit
	case "pgup", "pgdown":
		s.scroll = max(0, s.scroll+map[string]int{"pgup": -5, "pgdown": 5}[name])
		return nil
	case "esc":
		if s.back(); s.message != "" {
			return tea.Quit
		}
		return nil
	}
	if s.step == StepName {
		s.nameKey(msg)
		return nil
	}
	switch items := s.Items(); name {
	case "left", "shift+tab", "b":
		s.back()
	case "enter", "right", "tab", "n":
		if s.step != StepReview {
			s.forward()
		} else if name == "enter" {
			return s.create()
		}
	case "up", "k":
		s.move(items, -1)
	case "down", "j":
		s.move(items, 1)
	case "home":
		s.move(items, -len(items))
	case "end":
		s.move(items, len(items))
	case "space", "x":
		if len(items) > 0 {
			s.choose(items[s.cursor(items)])
		}
	}
	return nil
}

// nameKey is a key where texts are typed.
func (s *screen) nameKey(msg tea.KeyPressMsg) {
	switch name := msg.String(); {
	case name == "up" || name == "shift+tab":
		s.focus = 0
	case (name == "down" || name == "tab" || name == "enter") && s.focus == 0:
		s.focus = 1
	case name == "tab" || name == "enter":
		s.forward()
	case s.fields[s.focus].key(name):
		s.edited()
	case msg.Text != "":
		s.fields[s.focus].insert(msg.Text)
		s.edited()
	}
}

// edited takes over what was typed.
func (s *screen) edited() {
	s.Name, s.Module = string(s.fields[0].text), string(s.fields[1].text)
	s.problem = s.nameError(s.config)
}

// cursor is the item that the cursor is on.
func (s *screen) cursor(items []Item) int {
	at, moved := s.cursors[s.step]
	if !moved {
		// Where exactly one is chosen, that one.
		at = max(0, slices.IndexFunc(items, func(i Item) bool { return i.One && i.Mark == Chosen }))
	}
	return max(0, min(at, len(items)-1))
}

func (s *screen) move(items []Item, by int) {
	s.cursors[s.step] = max(0, min(s.cursor(items)+by, len(items)-1))
	s.scroll = 0
}

func (s *screen) choose(item Item) {
	if err := s.Choose(item); err != nil {
		s.message = err.Error()
	}
}

func (s *screen) back() {
	s.scroll = 0
	if !s.Next(-1) {
		s.message = "this is the first question"
	}
}

func (s *screen) forward() {
	if s.step == StepName {
		if s.problem != nil {
			s.message, s.focus = s.problem.Error(), 0
			return
		}
	}
	s.scroll = 0
	s.Next(1)
}

// create ends with what was chosen, if that can be a project.
func (s *screen) create() tea.Cmd {
	if err := s.previews.Of(s.Choices()).Err; err != nil {
		s.message = err.Error()
		return nil
	}
	s.done = true
	return tea.Quit
}

// previewNext makes one of the previews that the screen shows and that are not
// made yet, away from the keyboard. The rest have their turn when it is there:
// the choices may have changed by then.
func (s *screen) previewNext() tea.Cmd {
	if p := s.previews.Made(s.Choices()); p != nil {
		s.shown = p
	}
	if s.busy || s.Name == "" {
		return nil
	}
	wanted := []Choices{s.Choices()}
	if items := s.Items(); len(items) > 0 {
		with, without := s.Alternatives(items[s.cursor(items)])
		wanted = append(wanted, with, without)
	}
	for _, c := range wanted {
		if s.previews.Made(c) == nil {
			s.busy = true
			return func() tea.Msg {
				s.previews.Of(c)
				return previewed{}
			}
		}
	}
	return nil
}
