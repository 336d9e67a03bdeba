package guide

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// The styles only underline what the text says anyway: there may be no colours.
var (
	strong = lipgloss.NewStyle().Bold(true)
	pale   = lipgloss.NewStyle().Faint(true)
	accent = lipgloss.NewStyle().Foreground(lipgloss.Cyan)
	fresh  = lipgloss.NewStyle().Foreground(lipgloss.Green)
	wrong  = lipgloss.NewStyle().Foreground(lipgloss.Red)
)

// leftWidth is that of the column with the choices, where there are two.
const leftWidth = 38

// View draws the screen: what is asked, what the choice under the cursor means,
// and what the project comes to.
func (s *screen) View() tea.View {
	steps := s.Steps()
	at := fmt.Sprintf("%s %d/%d", s.step, slices.Index(steps, s.step)+1, len(steps))
	title := "aegis init"
	if s.Name != "" {
		title += " " + s.Name
	}
	rule := pale.Render(strings.Repeat("─", s.width))
	lines := []string{
		fit(strong.Render(fit(title, s.width-ansi.StringWidth(at)-1))+" "+at, s.width),
		rule,
	}
	foot := s.foot()
	height := max(1, s.height-len(lines)-len(foot))
	left, below := s.left(height)
	height = max(1, height-len(below))
	if s.width < 2*leftWidth {
		lines = append(lines, column(left, s.width, height)...)
	} else {
		right := column(s.right(s.width-leftWidth-3, height), s.width-leftWidth-3, height)
		for i, text := range column(left, leftWidth, height) {
			lines = append(lines, text+pale.Render(" │ ")+right[i])
		}
	}
	lines = append(lines, below...)
	lines = append(lines, foot...)
	view := tea.NewView(strings.Join(lines, "\n"))
	view.AltScreen = true
	if s.step == StepName {
		_, x := s.fields[s.focus].window(leftWidth - 4)
		view.Cursor = tea.NewCursor(x+2, 2+[2]int{2, 6}[s.focus])
	}
	return view
}

// left is the question with its choices, and what stands below both columns.
func (s *screen) left(height int) (lines, below []string) {
	switch s.step {
	case StepName:
		return s.nameLines(), nil
	case StepReview:
		return s.reviewLines()
	}
	heading := map[Step]string{
		StepStarter:    "Where does it start?",
		StepComponents: "What does it run on?",
		StepServices:   "What does it do?",
		StepOptions:    "Which variants?",
	}[s.step]
	items := s.Items()
	cursor := s.cursor(items)
	var rows []string
	row := 0 // of the cursor
	group := ""
	for i, item := range items {
		if item.Group != group {
			group = item.Group
			rows = append(rows, "", strong.Render(group))
		}
		if i == cursor {
			row = len(rows)
		}
		rows = append(rows, itemLine(item, i == cursor))
	}
	// The lines around the cursor, where not all have room.
	room := max(1, height-2)
	from := max(0, min(row-room/2, len(rows)-room))
	rows = rows[from:min(len(rows), from+room)]
	return append([]string{strong.Render(heading), ""}, rows...), nil
}

// box is the mark of an item: [x], or (x) where there is only one.
func box(item Item) string {
	mark := map[Mark]string{Off: " ", Chosen: "x", Present: "+"}[item.Mark]
	if item.One {
		return "(" + mark + ")"
	}
	return "[" + mark + "]"
}

// itemLine is the line of a choice.
func itemLine(item Item, cursor bool) string {
	box := box(item)
	name := item.Name
	if name == "" {
		name = "nothing"
	}
	if item.Mark == Present {
		name = fit(name, 14) + pale.Render(item.Why)
	}
	if item.Mark == Chosen {
		box = accent.Render(box)
	}
	if cursor {
		return accent.Render("> ") + box + " " + strong.Render(name)
	}
	return "  " + box + " " + name
}

func (s *screen) nameLines() []string {
	input := func(i int, empty string) string {
		text, _ := s.fields[i].window(leftWidth - 4)
		if text == "" {
			text = pale.Render(empty)
		}
		if i == s.focus {
			return accent.Render("> ") + text
		}
		return "  " + text
	}
	name := s.Name
	if name == "" {
		name = "the name"
	}
	lines := []string{
		strong.Render("What is the service called?"), "", input(0, "a name, such as shop"), "",
		strong.Render("What is its Go module?"), "", input(1, name), "",
	}
	if s.Name == "" {
		return lines
	}
	if s.problem != nil {
		for _, line := range wrap(s.problem.Error(), leftWidth) {
			lines = append(lines, wrong.Render(line))
		}
		return lines
	}
	return append(lines, wrap("It goes into "+s.config.Folder(s.Name)+".", leftWidth)...)
}

func (s *screen) reviewLines() (lines, below []string) {
	lines = []string{strong.Render("Is this what you want?"), ""}
	switch p := s.shown; {
	case p == nil || s.previews.Made(s.Choices()) == nil:
		lines = append(lines, pending)
	case p.Err != nil:
		for _, line := range wrap(p.Err.Error(), leftWidth) {
			lines = append(lines, wrong.Render(line))
		}
	default:
		for _, pair := range s.Summary(p, s.config.Folder(s.Name)) {
			if strings.HasPrefix(pair[0], "+ ") {
				for _, line := range wrap(pair[0]+": "+pair[1], leftWidth) {
					lines = append(lines, fresh.Render(line))
				}
				continue
			}
			for i, line := range wrap(pair[1], leftWidth-12) {
				if i > 0 {
					pair[0] = ""
				}
				lines = append(lines, pale.Render(fit(pair[0], 12))+line)
			}
		}
	}
	below = []string{pale.Render(strings.Repeat("─", s.width)), "The same without questions:"}
	return lines, append(below, commandLines(s.config.Command(s.Choices()), s.width-2)...)
}

// commandLines writes a command as a shell takes it, over several lines where it
// is long.
func commandLines(args []string, width int) []string {
	lines := []string{" "}
	for i, arg := range args {
		last := &lines[len(lines)-1]
		// A flag and its value stay together.
		word := " " + Quote(arg)
		ahead := len(word)
		if strings.HasPrefix(arg, "--") && i+1 < len(args) {
			ahead += 1 + len(Quote(args[i+1]))
		}
		follows := i > 0 && strings.HasPrefix(args[i-1], "--")
		if !follows && len(*last)+ahead+2 > width && strings.TrimSpace(*last) != "" {
			*last += ` \`
			lines = append(lines, "   ")
			last = &lines[len(lines)-1]
		}
		*last += word
	}
	return lines
}

// right says what the choice under the cursor means, and below what the project
// comes to.
func (s *screen) right(width, height int) []string {
	var lines []string
	items := s.Items()
	if len(items) > 0 {
		item := items[s.cursor(items)]
		name := item.Name
		if name == "" {
			name = "nothing"
		}
		lines = append(lines, strong.Render(name))
		for _, text := range s.About(item) {
			style := lipgloss.NewStyle()
			if strings.HasPrefix(text, "+ ") {
				style = fresh
			}
			for _, line := range wrap(text, width) {
				lines = append(lines, style.Render(line))
			}
		}
		// The tree always has some room.
		if most := max(3, height-8); len(lines) > most {
			lines = append(lines[:most-1], "…")
		}
		lines = append(lines, "")
	}
	return append(lines, s.project(width, height-len(lines))...)
}

// project is the resolved set and the tree of the project.
func (s *screen) project(width, height int) []string {
	p := s.shown
	switch {
	case s.Name == "":
		return wrap("The name becomes that of the program and of its folder, and begins its environment variables.", width)
	case p == nil:
		return []string{pending}
	case p.Err != nil:
		if s.step == StepName || s.step == StepReview {
			return nil // it is said there
		}
		return wrap(p.Err.Error(), width)
	}
	heading := p.Project.Name + ": " + p.Totals()
	if s.previews.Made(s.Choices()) == nil {
		heading += " " + pending
	}
	lines := []string{strong.Render(fit(heading, width))}
	lines = append(lines, wrap(strings.Join(p.names(), " "), width)...)
	lines = append(lines, wrap(p.Containers(), width)...)

	var cost Cost
	if items := s.Items(); len(items) > 0 {
		with, without := s.Alternatives(items[s.cursor(items)])
		cost = CostOf(s.previews.Made(with), s.previews.Made(without))
	}
	tree := p.Tree(cost)
	room := max(1, height-len(lines))
	s.scroll = max(0, min(s.scroll, len(tree)-room))
	from := s.scroll
	if from == 0 { // what the choice adds comes into view
		if first := slices.IndexFunc(tree, func(f Folder) bool { return f.New }); first >= room {
			from = max(0, min(first, len(tree)-room))
		}
	}
	for _, f := range tree[from:min(len(tree), from+room)] {
		line := fmt.Sprintf("%s %4d", fit("  "+f.Path+"/", width-5), f.Files)
		if f.New {
			line = fresh.Render("+" + line[1:])
		}
		lines = append(lines, line)
	}
	return lines
}

// foot is what the last key led to, or else what keys there are.
func (s *screen) foot() []string {
	rule := pale.Render(strings.Repeat("─", s.width))
	if s.message != "" {
		lines := []string{rule}
		for _, line := range wrap(s.message, s.width) {
			lines = append(lines, wrong.Render(line))
		}
		return lines
	}
	keys := "↑↓ move · space choose · enter next · esc back · pgdn tree · ctrl+c leave"
	switch s.step {
	case StepName:
		keys = "enter next · esc leave · ctrl+c leave"
	case StepReview:
		keys = "enter create · esc back · pgdn tree · ctrl+c leave"
	}
	return []string{rule, pale.Render(fit(keys, s.width))}
}

// column makes lines as wide as a column, and as many as are high.
func column(lines []string, width, height int) []string {
	out := make([]string, height)
	for i := range out {
		if i < len(lines) {
			out[i] = fit(lines[i], width)
		} else {
			out[i] = strings.Repeat(" ", width)
		}
	}
	return out
}

// fit makes a text as wide as a column.
func fit(text string, width int) string {
	width = max(0, width)
	text = ansi.Truncate(text, width, "…")
	return text + strings.Repeat(" ", width-ansi.StringWidth(text))
}

func wrap(text string, width int) []string {
	return strings.Split(ansi.Wrap(text, max(1, width), ""), "\n")
}
