package totp

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty border of a code, in modules, that cameras need.
const quiet = 4

// SVG returns a picture of text, as an app reads it from the screen: an element
// to write into a page. It fails if text is too long.
func SVG(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw QR code: %w", err)
	}
	size := code.Size + 2*quiet
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="240" height="240" role="img" aria-label="QR code" shape-rendering="crispEdges">`, size, size)
	// White, whatever the theme is.
	fmt.Fprintf(&out, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, size, size)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			begin := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > begin {
				fmt.Fprintf(&out, "M%d %dh%dv1h-%dz", begin+quiet, y+quiet, x-begin, x-begin)
			}
		}
	}
	out.WriteString(`"/></svg>`)
	return out.String(), nil
}
