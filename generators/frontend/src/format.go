package frontend

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// reading returns a figure as people read it: "1.2 GiB", "42%", "3 h 12 min".
func reading(f health.Figure) string {
	if f.Text != "" {
		return f.Text
	}
	return quantity(f.Value, f.Unit)
}

// quantity returns a value in its unit, rounded to what is worth reading.
func quantity(v float64, unit string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	switch unit {
	case "":
		return number(v)
	case "bytes":
		return size(v)
	case "percent":
		return number(v) + "%"
	case "ms":
		return duration(v / 1000)
	case "s":
		return duration(v)
	case "/s":
		return number(v) + "/s"
	}
	return number(v) + " " + unit
}

// number returns v with three digits or so, and thousands set apart.
func number(v float64) string {
	decimals := 0
	switch abs := math.Abs(v); {
	case v == math.Trunc(v):
	case abs < 1:
		decimals = 2
	case abs < 100:
		decimals = 1
	}
	text := strings.TrimSuffix(strconv.FormatFloat(v, 'f', decimals, 64), ".0")
	if math.Abs(v) < 1000 {
		return text
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	var groups []string
	for len(text) > 3 {
		groups = append([]string{text[len(text)-3:]}, groups...)
		text = text[:len(text)-3]
	}
	return sign + strings.Join(append([]string{text}, groups...), ",")
}

// size returns a number of bytes in the unit in which it is short.
func size(v float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	i := 0
	// 999.5 and more would be printed with four digits.
	for math.Abs(v) >= 999.5 && i < len(units)-1 {
		v /= 1024
		i++
	}
	return number(v) + " " + units[i]
}

// duration returns seconds in at most two units.
func duration(seconds float64) string {
	const minute, hour, day = 60, 3600, 86400
	switch s := math.Round(math.Abs(seconds)); {
	case seconds == 0:
		return "0 s"
	case math.Abs(seconds) < 0.001:
		return number(seconds*1e6) + " µs"
	case math.Abs(seconds) < 1:
		return number(seconds*1000) + " ms"
	case s < minute:
		return number(math.Round(seconds*10)/10) + " s"
	case s < hour:
		return parts(seconds, s, minute, "min", 1, "s")
	case s < day:
		return parts(seconds, s, hour, "h", minute, "min")
	default:
		return parts(seconds, s, day, "d", hour, "h")
	}
}

// parts returns s, which has the sign of signed, as whole big and small units.
func parts(signed, s, big float64, bigUnit string, small float64, smallUnit string) string {
	text := fmt.Sprintf("%.0f %s", math.Floor(s/big), bigUnit)
	if rest := math.Floor(math.Mod(s, big) / small); rest > 0 {
		text += fmt.Sprintf(" %.0f %s", rest, smallUnit)
	}
	if signed < 0 {
		return "-" + text
	}
	return text
}

// latency returns how long a check took.
func latency(ms float64) string { return duration(ms / 1000) }

// clock returns a moment as the time of day. All moments are in UTC, so that
// they compare with the logs of every replica.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// initialisms are written in capitals, wherever they stand in a name.
var initialisms = []string{"ai", "api", "cli", "cpu", "db", "gc", "http", "id", "io", "ip", "rss", "sql", "tls", "ttl", "url"}

// label makes a heading of a name: "task_queue" becomes "Task queue".
func label(name string) string {
	fields := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || unicode.IsSpace(r) })
	if len(fields) == 0 {
		return "Unnamed"
	}
	for i, field := range fields {
		if slices.Contains(initialisms, field) {
			fields[i] = strings.ToUpper(field)
		}
	}
	first, width := utf8.DecodeRuneInString(fields[0])
	fields[0] = string(unicode.ToUpper(first)) + fields[0][width:]
	return strings.Join(fields, " ")
}
