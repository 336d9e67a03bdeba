package guide

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// lines asks with lines of plain text: one question after the other, nothing
// that moves, and no control characters.
type lines struct {
	*Guide

	config Config
	in     *bufio.Reader
	out    io.Writer
}

// What can be answered to every question.
const (
	answerBack  = "back"
	answerLeave = "leave"
	answerList  = "list" // where there is a list
)

// ask asks until everything is answered. The end of the input leaves.
func (l *lines) ask(in io.Reader) (Choices, error) {
	l.in = bufio.NewReader(in)
	l.say("Enter takes the answer in brackets. %q returns to the question before, %q shows the choices again, %q ends without creating anything.",
		answerBack, answerList, answerLeave)
	for {
		steps := l.Steps()
		l.say("\n%d/%d %s", slices.Index(steps, l.step)+1, len(steps), l.step)
		var by int
		var err error
		switch l.step {
		case StepName:
			by, err = l.askNames()
		case StepReview:
			by, err = l.askReview()
		default:
			by, err = l.askItems()
		}
		if err != nil {
			return Choices{}, err
		}
		if l.step == StepReview && by > 0 {
			return l.Choices(), nil
		}
		if !l.Next(by) && by < 0 {
			l.say("This is the first question.")
		}
	}
}

func (l *lines) say(format string, args ...any) { fmt.Fprintf(l.out, format+"\n", args...) }

// prompt returns the answer to a question, and by how many steps it moves if it
// does.
func (l *lines) prompt(question string) (answer string, by int, err error) {
	fmt.Fprint(l.out, question+" ")
	line, err := l.in.ReadString('\n')
	if err != nil {
		l.say("")
		return "", 0, ErrLeft
	}
	switch answer = strings.TrimSpace(line); answer {
	case answerLeave:
		return "", 0, ErrLeft
	case answerBack:
		return "", -1, nil
	}
	return answer, 0, nil
}

func (l *lines) askNames() (by int, err error) {
	for {
		for _, text := range []struct {
			question, otherwise string
			value               *string
		}{{"Name of the service", l.Name, &l.Name}, {"Go module", l.Module, &l.Module}} {
			otherwise := *text.value
			if text.value == &l.Module && otherwise == "" {
				otherwise = l.Name
			}
			question := text.question + ":"
			if otherwise != "" {
				question = fmt.Sprintf("%s [%s]:", text.question, otherwise)
			}
			answer, by, err := l.prompt(question)
			if err != nil || by != 0 {
				return by, err
			}
			if answer != "" && answer != otherwise {
				*text.value = answer
			}
		}
		if err := l.nameError(l.config); err != nil {
			l.say("%v", err)
			continue
		}
		l.say("It goes into %s.", l.config.Folder(l.Name))
		return 1, nil
	}
}

func (l *lines) askItems() (by int, err error) {
	l.list()
	for {
		answer, by, err := l.prompt("Number to choose or to give up, Enter to go on:")
		if err != nil || by != 0 {
			return by, err
		}
		switch answer {
		case "":
			return 1, nil
		case answerList:
			l.list()
			continue
		}
		item, err := find(l.Items(), answer)
		if err == nil {
			err = l.Choose(item)
		}
		if err != nil {
			l.say("%v", err)
			continue
		}
		l.tell(item)
	}
}

func (l *lines) list() {
	for i, item := range l.Items() {
		l.say("%3d %s %s", i+1, box(item), label(item))
	}
}

// label names an item and says what it brings.
func label(item Item) string {
	switch {
	case item.Group != "":
		return item.Group + ": " + item.Name
	case item.Name == "":
		return "nothing: " + item.Text
	}
	return item.Name + ": " + item.Text
}

// find returns the item that an answer means: its number, or its name.
func find(items []Item, answer string) (Item, error) {
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(items) {
		return items[n-1], nil
	}
	for _, item := range items {
		if name, _, _ := strings.Cut(label(item), ": "); item.Name == answer || item.Name == "" && name == answer {
			return item, nil
		}
	}
	return Item{}, fmt.Errorf("there is no %q; answer with a number from 1 to %d", answer, len(items))
}

// tell says what became of an item, and of the project.
func (l *lines) tell(item Item) {
	for _, now := range l.Items() {
		if now.Name == item.Name && now.Group == item.Group {
			item = now
		}
	}
	with, without := l.Alternatives(item)
	l.previews.Of(with)
	l.previews.Of(without)
	l.say("%s %s", box(item), label(item))
	for _, text := range l.About(item)[1:] {
		l.say("%s", text)
	}
	if p := l.previews.Of(l.Choices()); p.Err != nil {
		l.say("%v", p.Err)
	} else {
		l.say("The project has %s: %s.", p.Totals(), strings.Join(p.names(), ", "))
	}
}

func (l *lines) askReview() (by int, err error) {
	p := l.previews.Of(l.Choices())
	if p.Project == nil {
		l.say("%v\nChoose something else.", p.Err)
		return -1, nil
	}
	for _, pair := range l.Summary(p, l.config.Folder(l.Name)) {
		l.say("%s: %s", pair[0], pair[1])
	}
	l.say("%s; %s", p.Totals(), p.Containers())
	for _, folder := range p.Tree(Cost{}) {
		l.say("  %s/: %s", folder.Path, counted(folder.Files, "file"))
	}
	l.say("The same without questions:")
	for _, line := range commandLines(l.config.Command(l.Choices()), 78) {
		l.say("%s", line)
	}
	answer, by, err := l.prompt("Create it? [Y/n]")
	if err != nil || by != 0 {
		return by, err
	}
	if strings.HasPrefix(strings.ToLower(answer), "n") {
		return 0, ErrLeft
	}
	return 1, nil
}
