package frontend

import (
	"math"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// The drawing area of a sparkline. The style sheet stretches it; the margin
// keeps the stroke inside.
const (
	sparkWidth  = 100
	sparkHeight = 24
	sparkMargin = 2
	// So many values fill the width; fewer leave room at the left.
	sparkFew = 30
)

// sparkline draws how a value changed, with the newest on the right edge. A
// value that never changed has none. It is decoration: the value stands beside it.
func sparkline(values []float64) g.Node {
	if len(values) < 2 || slices.Min(values) == slices.Max(values) {
		return nil
	}
	line, start := sparkPath(values)
	area := line + "V" + strconv.Itoa(sparkHeight) + "H" + start + "Z"
	return h.SVG(h.Class("spark"), h.Aria("hidden", "true"),
		g.Attr("viewBox", "0 0 "+strconv.Itoa(sparkWidth)+" "+strconv.Itoa(sparkHeight)),
		g.Attr("preserveAspectRatio", "none"),
		g.El("path", h.Class("area"), g.Attr("d", area)),
		g.El("path", h.Class("line"), g.Attr("d", line)),
	)
}

// sparkPath returns the line as SVG path data, and where it starts.
func sparkPath(values []float64) (line, start string) {
	low, high := scale(values)
	step := sparkWidth / float64(max(len(values), sparkFew)-1)
	var b strings.Builder
	for i, v := range values {
		x := coordinate(sparkWidth - float64(len(values)-1-i)*step)
		y := coordinate(sparkHeight - sparkMargin - (v-low)/(high-low)*(sparkHeight-2*sparkMargin))
		if i == 0 {
			start = x
			b.WriteString("M" + x + " " + y)
			continue
		}
		b.WriteString("L" + x + " " + y)
	}
	return b.String(), start
}

// scale returns the values at the lower and the upper edge. They are at least
// a tenth of the value apart: otherwise the noise of a steady value would look
// like a storm.
func scale(values []float64) (low, high float64) {
	low, high = slices.Min(values), slices.Max(values)
	room := 0.1 * max(math.Abs(low), math.Abs(high))
	if missing := room - (high - low); missing > 0 {
		low, high = low-missing/2, high+missing/2
	}
	return low, high
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
