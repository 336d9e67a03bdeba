package frontend

import (
	"math"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

func TestReading(t *testing.T) {
	for _, c := range []struct {
		figure health.Figure
		want   string
	}{
		{health.Figure{}, "0"},
		{health.Figure{Value: 3}, "3"},
		{health.Figure{Value: 999}, "999"},
		{health.Figure{Value: 12034}, "12,034"},
		{health.Figure{Value: -1234567}, "-1,234,567"},
		{health.Figure{Value: 0.333}, "0.33"},
		{health.Figure{Value: 12.34}, "12.3"},
		{health.Figure{Value: 34.97}, "35"},
		{health.Figure{Value: math.NaN()}, "–"},
		{health.Figure{Value: math.Inf(1), Unit: "bytes"}, "–"},
		{health.Figure{Value: 7, Text: "seven"}, "seven"},
		{health.Figure{Value: 5, Unit: "lamps"}, "5 lamps"},

		{health.Figure{Value: 512, Unit: "bytes"}, "512 B"},
		{health.Figure{Value: 1000, Unit: "bytes"}, "0.98 KiB"},
		{health.Figure{Value: 1536, Unit: "bytes"}, "1.5 KiB"},
		{health.Figure{Value: 7 << 30, Unit: "bytes"}, "7 GiB"},
		{health.Figure{Value: math.Pow(2, 70), Unit: "bytes"}, "1,048,576 PiB"},

		{health.Figure{Value: 0, Unit: "percent"}, "0%"},
		{health.Figure{Value: 12.5, Unit: "percent"}, "12.5%"},
		{health.Figure{Value: 16.44, Unit: "/s"}, "16.4/s"},

		{health.Figure{Value: 0, Unit: "ms"}, "0 s"},
		{health.Figure{Value: 0.008, Unit: "ms"}, "8 µs"},
		{health.Figure{Value: 2.44, Unit: "ms"}, "2.4 ms"},
		{health.Figure{Value: 1500, Unit: "ms"}, "1.5 s"},
		{health.Figure{Value: 59.96, Unit: "s"}, "1 min"},
		{health.Figure{Value: 200, Unit: "s"}, "3 min 20 s"},
		{health.Figure{Value: 3599.7, Unit: "s"}, "1 h"},
		{health.Figure{Value: 15120, Unit: "s"}, "4 h 12 min"},
		{health.Figure{Value: 273600, Unit: "s"}, "3 d 4 h"},
		{health.Figure{Value: -200, Unit: "s"}, "-3 min 20 s"},
	} {
		if got := reading(c.figure); got != c.want {
			t.Errorf("reading(%+v) = %q, want %q", c.figure, got, c.want)
		}
	}
}

func TestLabel(t *testing.T) {
	for name, want := range map[string]string{
		"backend":       "Backend",
		"task_queue":    "Task queue",
		"cli":           "CLI",
		"open-http api": "Open HTTP API",
		"éclair":        "Éclair",
		"CamelCase":     "CamelCase",
		"":              "Unnamed",
		" - ":           "Unnamed",
	} {
		if got := label(name); got != want {
			t.Errorf("label(%q) = %q, want %q", name, got, want)
		}
	}
}
