package frontend

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// moment returns a time that is n seconds after the first sample of a test.
func moment(n int) time.Time { return time.Date(2026, 3, 1, 12, 0, n, 0, time.UTC) }

// tree returns a health tree whose components are nodes.
func tree(n int, nodes ...health.Node) health.Node {
	root := health.Node{
		Name: "application", Status: health.Healthy, CheckedAt: moment(n),
		Children: []health.Node{{Name: "components", Status: health.Healthy, CheckedAt: moment(n), Children: nodes}},
	}
	for i := range nodes {
		nodes[i].CheckedAt = moment(n)
		root.Status = health.Worst(root.Status, nodes[i].Status)
	}
	return root
}

func TestSnapshotKeepsTheNewestOfTheTrend(t *testing.T) {
	s := &snapshot{}
	for n := range 3 * trendLength {
		s = s.next(tree(n, health.Node{Name: "worker", Figures: []health.Figure{{Name: "queued", Value: float64(n)}}}))
	}
	e, _ := find(s.root, "worker")
	trend := s.trends[figureKey(e.path, "queued")]
	if len(trend) != trendLength {
		t.Fatalf("the trend has %d values, want %d", len(trend), trendLength)
	}
	if first, last := trend[0], trend[len(trend)-1]; first != 2*trendLength || last != 3*trendLength-1 {
		t.Errorf("the trend goes from %v to %v, want the newest %d values", first, last, trendLength)
	}
	if got, want := s.span(), (trendLength-1)*time.Second; got != want {
		t.Errorf("the trend spans %v, want %v", got, want)
	}
}

func TestSnapshotIsNotChangedByTheNext(t *testing.T) {
	figure := func(v float64) health.Node {
		return health.Node{Name: "worker", Figures: []health.Figure{{Name: "queued", Value: v}}}
	}
	one := (&snapshot{}).next(tree(0, figure(1)))
	one.next(tree(1, figure(2)))
	other := one.next(tree(1, figure(3)))

	e, _ := find(one.root, "worker")
	key := figureKey(e.path, "queued")
	if got := one.trends[key]; !slices.Equal(got, []float64{1}) {
		t.Errorf("the first snapshot has %v, want [1]", got)
	}
	if got := other.trends[key]; !slices.Equal(got, []float64{1, 3}) {
		t.Errorf("the second snapshot has %v, want [1 3]", got)
	}
}

func TestSnapshotForgetsWhatIsGone(t *testing.T) {
	s := &snapshot{}
	for n := range 1000 {
		name := fmt.Sprintf("replica-%d", n)
		s = s.next(tree(n, health.Node{Name: name, Figures: []health.Figure{{Name: name, Value: 1}}}))
	}
	if len(s.trends) > 10 || len(s.changes) > 10 {
		t.Errorf("%d trends and %d histories are kept of one component", len(s.trends), len(s.changes))
	}
}

func TestSnapshotLeavesOutWhatCannotBeDrawn(t *testing.T) {
	s := &snapshot{}
	for n, v := range []float64{1, math.NaN(), math.Inf(-1), 2} {
		s = s.next(tree(n, health.Node{Name: "worker", Figures: []health.Figure{{Name: "queued", Value: v}}}))
	}
	e, _ := find(s.root, "worker")
	if got := s.trends[figureKey(e.path, "queued")]; !slices.Equal(got, []float64{1, 2}) {
		t.Errorf("the trend is %v, want [1 2]", got)
	}
}

func TestSnapshotRecordsChangesOfStatus(t *testing.T) {
	s := &snapshot{}
	for n, c := range []change{
		{status: health.Healthy},
		{status: health.Healthy, message: "same status, other words"},
		{status: health.Unhealthy, message: "connection refused"},
		{status: health.Unhealthy, message: "connection refused again"},
		{status: health.Healthy, message: "back"},
	} {
		s = s.next(tree(n, health.Node{Name: "database", Status: c.status, Message: c.message}))
	}
	e, _ := find(s.root, "database")
	want := []change{
		{moment(4), health.Healthy, "back"},
		{moment(2), health.Unhealthy, "connection refused"},
		{moment(0), health.Healthy, ""},
	}
	if got := s.changes[e.path]; !slices.Equal(got, want) {
		t.Errorf("changes are\n%v, want\n%v", got, want)
	}

	for n := 5; n < 5+4*changeLength; n++ {
		s = s.next(tree(n, health.Node{Name: "database", Status: []health.Status{health.Healthy, health.Warning}[n%2]}))
	}
	if got := len(s.changes[e.path]); got != changeLength {
		t.Errorf("%d changes are kept, want %d", got, changeLength)
	}
}

func TestSparklineStaysInItsFrame(t *testing.T) {
	for name, values := range map[string][]float64{
		"rising":    {1, 2, 3},
		"negative":  {-5, 5, -5},
		"huge":      {-math.MaxFloat64 / 4, math.MaxFloat64 / 4},
		"tiny":      {1e-300, 2e-300},
		"steadyish": {1e9, 1e9 + 1},
	} {
		low, high := scale(values)
		if !(low <= slices.Min(values) && slices.Max(values) <= high && low < high) {
			t.Errorf("%s: scale(%v) = %v, %v", name, values, low, high)
		}
	}
	// A change of one in a billion is not worth the height of the drawing.
	if low, high := scale([]float64{1e9, 1e9 + 1}); high-low < 1e7 {
		t.Errorf("noise fills the drawing: from %v to %v", low, high)
	}
}

func TestSparklineEndsAtTheRight(t *testing.T) {
	for n, wantStart := range map[int]string{2: "96.6", sparkFew: "0.0", trendLength: "0.0"} {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(i)
		}
		line, start := sparkPath(values)
		if start != wantStart || !strings.Contains(line, "L100.0 ") {
			t.Errorf("%d values go from %s: %s, want from %s to 100.0", n, start, line, wantStart)
		}
	}
}

func TestUptimeIsNoTrend(t *testing.T) {
	s := &snapshot{}
	figures := []health.Figure{{Name: "uptime", Unit: "s"}, {Name: "lag", Unit: "s"}, {Name: "engine", Text: "SQLite"}}
	for n := range 10 {
		figures[0].Value, figures[1].Value = float64(3600+n), float64(n%3)
		s = s.next(tree(n, health.Node{Name: "worker", Figures: slices.Clone(figures)}))
	}
	e, _ := find(s.root, "worker")
	for _, f := range e.node.Figures {
		if got, want := s.trend(e.path, f) != nil, f.Name == "lag"; got != want {
			t.Errorf("%s has a trend: %t, want %t", f.Name, got, want)
		}
	}
}
