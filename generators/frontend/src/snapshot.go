package frontend

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// How much of the past is kept in memory, for each figure and each node.
const (
	trendLength  = 90
	changeLength = 20
)

// snapshot is the health tree at one moment with what came before it. It never
// changes once made, so that any number of readers may share it.
type snapshot struct {
	root    health.Node
	times   []time.Time          // of the samples in the trends, oldest first
	trends  map[string][]float64 // by figureKey, oldest first
	changes map[string][]change  // by path, newest first
}

// change is a moment at which a node took another status or message.
type change struct {
	at      time.Time
	status  health.Status
	message string
}

// next returns the snapshot that follows s when the tree looks like root. What
// is no longer in the tree is forgotten, so that the memory is bounded by the
// tree, however long the application runs.
func (s *snapshot) next(root health.Node) *snapshot {
	n := &snapshot{
		root:    root,
		times:   extend(s.times, root.CheckedAt),
		trends:  map[string][]float64{},
		changes: map[string][]change{},
	}
	n.remember(s, "", root)
	return n
}

func (s *snapshot) remember(before *snapshot, parent string, node health.Node) {
	path := join(parent, node.Name)
	s.follow(before, latencyKey(path), node.LatencyMS)
	for _, f := range node.Figures {
		if f.Text == "" {
			s.follow(before, figureKey(path, f.Name), f.Value)
		}
	}

	past := before.changes[path]
	// The message alone may hold a counter; only the status is a change.
	if len(past) == 0 || past[0].status != ui.Known(node.Status) {
		now := change{at: node.CheckedAt, status: ui.Known(node.Status), message: node.Message}
		past = append([]change{now}, past[:min(len(past), changeLength-1)]...)
	}
	s.changes[path] = past

	for _, child := range node.Children {
		s.remember(before, path, child)
	}
}

// follow keeps a value beside those before it. One that cannot be drawn is left out.
func (s *snapshot) follow(before *snapshot, key string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		s.trends[key] = before.trends[key]
		return
	}
	s.trends[key] = extend(before.trends[key], v)
}

// extend returns a copy of past with v behind it, at most trendLength long.
func extend[T any](past []T, v T) []T {
	return append(slices.Clip(past[max(0, len(past)-trendLength+1):]), v)
}

// trend returns how a figure changed, oldest first. It is nil for a text, and
// for what only counts the seconds, such as an uptime: that is no news.
func (s *snapshot) trend(path string, f health.Figure) []float64 {
	values := s.trends[figureKey(path, f.Name)]
	if f.Text != "" || f.Unit == "s" && len(values) == len(s.times) &&
		math.Abs(values[len(values)-1]-values[0]-s.span().Seconds()) < 1 && s.span() > time.Second {
		return nil
	}
	return values
}

// span returns how far back the trends go.
func (s *snapshot) span() time.Duration { return s.root.CheckedAt.Sub(s.times[0]) }

// The separator cannot be part of a name that anybody would see.
func join(parent, name string) string { return strings.TrimPrefix(parent+"\x00"+name, "\x00") }

func figureKey(path, figure string) string { return path + "\x00figure\x00" + figure }

func latencyKey(path string) string { return path + "\x00latency" }
