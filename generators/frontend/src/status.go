package frontend

import (
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// explanation returns what a node says of its status, or else what the child
// that caused it says: "Replica: 12 s behind".
func explanation(node health.Node) string {
	if node.Message != "" || ui.Known(node.Status) == health.Healthy {
		return node.Message
	}
	for _, child := range node.Children {
		if ui.Known(child.Status) != ui.Known(node.Status) {
			continue
		}
		if text := explanation(child); text != "" {
			return label(child.Name) + ": " + text
		}
		return label(child.Name)
	}
	return ""
}
