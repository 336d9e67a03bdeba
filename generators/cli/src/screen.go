package cli

import (
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// screen writes for people at a terminal, or plainly for everybody else.
type screen struct {
	out      io.Writer // takes out the colours that the terminal does not know
	terminal bool
	width    int
}

func newScreen(c console) screen {
	s := screen{out: colorprofile.NewWriter(c.out, c.environ)}
	if f, ok := c.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.terminal = true
		s.width, _, _ = term.GetSize(int(f.Fd())) // 0 if unknown
	}
	return s
}

func (s screen) line(text string) { s.print(text + "\n") }

// print has nobody to tell if nothing can be printed.
func (s screen) print(text string) { _, _ = io.WriteString(s.out, text) }

func (s screen) json(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	s.line(string(text))
	return nil
}

// colours of a cell, by its column and text.
type colours func(column int, text string) color.Color

// table has a frame on a terminal, and one line for each row elsewhere.
func (s screen) table(header []string, rows [][]string, paint colours) {
	if !s.terminal {
		s.print(columns(append([][]string{header}, rows...)))
		return
	}
	t := table.New().Headers(header...).Rows(rows...).
		Border(lipgloss.RoundedBorder()).
		BorderStyle(lipgloss.NewStyle().Faint(true)).
		StyleFunc(func(row, column int) lipgloss.Style {
			style := lipgloss.NewStyle().Padding(0, 1)
			if row == table.HeaderRow {
				return style.Bold(true)
			}
			if paint != nil {
				if c := paint(column, rows[row][column]); c != nil {
					style = style.Foreground(c)
				}
			}
			return style
		})
	text := t.String()
	if s.width > 0 && lipgloss.Width(text) > s.width {
		text = t.Width(s.width).String()
	}
	s.line(text)
}

// columns aligns the cells with spaces.
func columns(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-lipgloss.Width(cell)+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// statusColumn paints the second column by the status in it.
func statusColumn(column int, text string) color.Color {
	if column != 1 {
		return nil
	}
	switch health.Status(text) {
	case health.Healthy:
		return lipgloss.Green
	case health.Info:
		return lipgloss.Blue
	case health.Warning:
		return lipgloss.Yellow
	default:
		return lipgloss.Red
	}
}
