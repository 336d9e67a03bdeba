package totp

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"rsc.io/qr"
)

// The picture has a black module wherever the code has one, and nowhere else.
func TestSVG(t *testing.T) {
	text := URL("Shop", "ada@example.com", NewSecret())
	svg, err := SVG(text)
	if err != nil {
		t.Fatal(err)
	}
	var picture struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &picture); err != nil || len(picture.Paths) != 2 {
		t.Fatalf("%v in %s", err, svg)
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	black := map[[2]int]bool{}
	for run := range strings.SplitSeq(strings.TrimSuffix(picture.Paths[1].D, "z"), "z") {
		var x, y, width, back int
		if n, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &width, &back); n != 4 || err != nil || back != width {
			t.Fatalf("a run is %q", run)
		}
		for i := range width {
			black[[2]int{x + i - quiet, y - quiet}] = true
		}
	}
	for y := -quiet; y < code.Size+quiet; y++ {
		for x := -quiet; x < code.Size+quiet; x++ {
			inside := x >= 0 && y >= 0 && x < code.Size && y < code.Size
			if want := inside && code.Black(x, y); black[[2]int{x, y}] != want {
				t.Errorf("at %d, %d it is %v", x, y, !want)
			}
		}
	}
	if _, err := SVG(strings.Repeat("x", 1<<14)); err == nil {
		t.Error("a text that is too long is drawn")
	}
}
