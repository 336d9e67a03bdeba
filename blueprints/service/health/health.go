// Package health describes how an application is doing, as a tree: the whole,
// its components, and what each of them consists of.
package health

import (
	"slices"
	"time"
)

// Status says how a node is doing.
type Status string

// The statuses, from good to bad.
const (
	Healthy   Status = "healthy"
	Info      Status = "info"      // worth knowing, not a failure
	Warning   Status = "warning"   // works, but somebody should look
	Unhealthy Status = "unhealthy" // does not do its work
)

// Node is one part of the tree.
type Node struct {
	Name      string    `json:"name" doc:"Name, unique among its siblings"`
	Status    Status    `json:"status" enum:"healthy,info,warning,unhealthy" doc:"A parent has the status of its worst child"`
	Message   string    `json:"message,omitempty" doc:"One sentence for people"`
	LatencyMS float64   `json:"latency_ms" doc:"How long the check took, in milliseconds"`
	CheckedAt time.Time `json:"checked_at" doc:"When the check ended"`
	Figures   []Figure  `json:"figures,omitempty" doc:"Measured values"`
	Children  []Node    `json:"components,omitempty"`
}

// Child returns the node below n that the names lead to, or false.
func (n Node) Child(names ...string) (Node, bool) {
	for _, name := range names {
		i := slices.IndexFunc(n.Children, func(child Node) bool { return child.Name == name })
		if i < 0 {
			return Node{}, false
		}
		n = n.Children[i]
	}
	return n, true
}

// Figure is one measured value of a node. A figure with a Text is shown as
// that text; any other is its Value in its Unit.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Max   float64 `json:"max,omitempty" doc:"The value that would be full, where there is one"`
	Unit  string  `json:"unit,omitempty" enum:"bytes,percent,ms,s,/s" doc:"Empty for a plain count"`
	Text  string  `json:"text,omitempty"`
}
