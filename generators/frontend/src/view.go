package frontend

import (
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// view is what a page shows of a snapshot: a frame, and within it the fragments
// that differ from one snapshot to the next. Fragments hold no links or buttons
// where that can be helped, so that replacing one takes the keyboard focus from
// nobody.
type view struct {
	title     string // of the browser tab
	frame     g.Node
	fragments []fragment
}

// fragment is the content of the element that has its id.
type fragment struct {
	id      string
	content g.Node
}

// The elements around the frame that a stream may replace.
const (
	titleID = "title"
	frameID = "board"
)

// slot makes a fragment of content and returns the element to put it in.
func (v *view) slot(id, class string, content ...g.Node) g.Node {
	f := fragment{id: id, content: g.Group(content)}
	v.fragments = append(v.fragments, f)
	return h.Div(h.ID(id), h.Class(class), f.content)
}

// all returns the fragments and, in the form of one, the title.
func (v *view) all() []fragment {
	return append(slices.Clone(v.fragments), fragment{id: titleID, content: g.Text(v.title)})
}

// layout tells frames apart: it is another one as soon as a fragment appears,
// vanishes or moves.
func (v *view) layout() string {
	sum := fnv.New64a()
	for _, f := range v.fragments {
		// Writing to a hash never fails.
		_, _ = io.WriteString(sum, f.id+"\x00")
	}
	return strconv.FormatUint(sum.Sum64(), 36)
}

// markup renders a node to text.
func markup(node g.Node) (string, error) {
	var b strings.Builder
	err := node.Render(&b)
	return b.String(), err
}
