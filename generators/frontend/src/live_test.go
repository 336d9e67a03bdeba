package frontend

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// listener is a browser that reads a stream.
type listener struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Scanner
}

func (s *site) listen(path string) *listener {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.urls["api"]+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	answer, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "text/event-stream" {
		s.t.Fatalf("%s is no stream: %d %s", path, answer.StatusCode, kind)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return &listener{t: s.t, body: answer.Body, lines: lines}
}

// next returns the next event, or false at the end of the stream.
func (l *listener) next() (map[string]string, bool) {
	l.t.Helper()
	for l.lines.Scan() {
		data, ok := strings.CutPrefix(l.lines.Text(), "data: ")
		if !ok {
			continue
		}
		var patch map[string]string
		if err := json.Unmarshal([]byte(data), &patch); err != nil {
			l.t.Fatal(err)
		}
		return patch, true
	}
	return nil, false
}

// until returns the first event that has text in the fragment, and fails if the
// stream ends before.
func (l *listener) until(id, text string) map[string]string {
	l.t.Helper()
	for {
		patch, ok := l.next()
		if !ok {
			l.t.Fatalf("the stream ended before %q was in %s: %v", text, id, l.lines.Err())
		}
		if strings.Contains(patch[id], text) {
			return patch
		}
	}
}

func TestStreamTellsOfAChange(t *testing.T) {
	worker := newPart("worker", health.Node{Status: health.Healthy})
	s := start(t, nil, worker, newPart("silent", health.Node{Status: health.Healthy}))
	events := s.listen("/events?layout=of-another-version")

	first := events.until(frameID, "Worker")
	wantAll(t, first[frameID], "Everything is working", `id="card-worker"`)

	worker.node.Store(&health.Node{Status: health.Unhealthy, Message: "connection refused"})
	patch := events.until("card-worker", "connection refused")
	wantAll(t, patch["card-worker"], "Unhealthy")
	wantAll(t, patch["verdict"], "Something is not working")
	if want := "Unhealthy – Shop"; patch[titleID] != want {
		t.Errorf("the tab is titled %q, want %q", patch[titleID], want)
	}
	if _, ok := patch[frameID]; ok {
		t.Error("the whole page is replaced, although its layout is the same")
	}

	worker.node.Store(&health.Node{Status: health.Healthy})
	events.until("verdict", "Everything is working")
}

func TestStreamOfOneComponent(t *testing.T) {
	worker := newPart("worker", health.Node{Status: health.Healthy})
	s := start(t, nil, worker)
	events := s.listen("/components/worker/events")
	worker.node.Store(&health.Node{Status: health.Warning, Message: "slow"})
	patch := events.until("verdict", "slow")
	wantAll(t, patch["changes"], "Warning", "Healthy")

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.urls["api"]+"/components/nobody/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if answer, _ := s.do(r); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the stream of a component that does not exist answers %d", answer.StatusCode)
	}
}

func TestStreamEndsWithTheApplication(t *testing.T) {
	s := start(t, nil)
	events := s.listen("/events")
	if _, ok := events.next(); !ok {
		t.Fatal("the stream has no event")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, events.body)
	}()
	s.stop() // fails the test if a stream holds up the shutdown
	<-ended
}

func TestStreamOutlivesTheWriteTimeout(t *testing.T) {
	s := start(t, []string{"WRITE_TIMEOUT=1s"})
	events := s.listen("/events")
	for began := time.Now(); time.Since(began) < 1500*time.Millisecond; {
		if _, ok := events.next(); !ok {
			t.Fatalf("the stream ended after %v: %v", time.Since(began), events.lines.Err())
		}
	}
}

func TestStreamEndsWithTheSession(t *testing.T) {
	a, _, c := newApp(t, nil)
	c.board.record(tree(0))
	guard := &closableGuard{Guard: a.Guard()}
	a.SetGuard(guard)
	done := make(chan struct{})
	w := &signalingWriter{ResponseRecorder: httptest.NewRecorder(), written: make(chan struct{}, 10)}
	go func() {
		defer close(done)
		c.streamOverview(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/events", http.NoBody))
	}()
	<-w.written
	guard.closed.Store(true)
	c.board.record(tree(2))
	<-done
	if len(w.written) != 0 {
		t.Error("the stream goes on after the session")
	}
}

// closableGuard lets administrators in until it is closed.
type closableGuard struct {
	app.Guard
	closed atomic.Bool
}

func (g *closableGuard) Admit(r *http.Request, access app.Access) (context.Context, error) {
	if g.closed.Load() {
		return nil, app.ErrSignIn
	}
	return g.Guard.Admit(r, access)
}

// signalingWriter tells when something was written.
type signalingWriter struct {
	*httptest.ResponseRecorder
	written chan struct{}
}

func (s *signalingWriter) SetWriteDeadline(time.Time) error { return nil }
func (s *signalingWriter) Write(b []byte) (int, error) {
	s.written <- struct{}{}
	return s.ResponseRecorder.Write(b)
}

func TestSlowReaderGetsTheNewest(t *testing.T) {
	b := newBoard()
	b.record(tree(0))
	_, changed := b.current()
	for n := 1; n <= 100; n++ {
		b.record(tree(n))
	}
	<-changed // one signal, however many samples were missed
	now, changed := b.current()
	if got := now.root.CheckedAt; !got.Equal(moment(100)) {
		t.Errorf("the reader gets the sample of %v, want the newest", got)
	}
	select {
	case <-changed:
		t.Error("a change is announced without a newer sample")
	default:
	}
	b.record(tree(50)) // late
	if now, _ := b.current(); !now.root.CheckedAt.Equal(moment(100)) {
		t.Error("a late sample replaces a newer one")
	}
}

func TestPatchHasOnlyWhatChanged(t *testing.T) {
	views := make([]view, 3)
	s := &snapshot{}
	for n, message := range []string{"one", "one", "two"} {
		s = s.next(tree(n, health.Node{Name: "worker", Message: message, Status: health.Healthy}, health.Node{Name: "cache", Status: health.Healthy}))
		views[n] = overview("Shop", s)
	}
	p := patcher{layout: views[0].layout()}
	for n, want := range []string{"card-cache card-worker tally title verdict", "tally", "card-worker tally"} {
		patch, err := p.patch(views[n])
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(patch)), " "); got != want {
			t.Errorf("sample %d changes %q, want %q", n, got, want)
		}
	}

	s = s.next(tree(3, health.Node{Name: "worker", Status: health.Healthy}))
	patch, err := p.patch(overview("Shop", s))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(patch)), " "); got != frameID {
		t.Errorf("a component less changes %q, want %q", got, frameID)
	}
}

// stuck is a connection whose other end has stopped to read.
type stuck struct {
	httptest.ResponseRecorder
	deadlines int
}

func (s *stuck) SetWriteDeadline(time.Time) error { s.deadlines++; return nil }
func (s *stuck) Write([]byte) (int, error)        { return 0, errors.New("i/o timeout") }

func TestStreamGivesUpOnAReaderThatIsGone(t *testing.T) {
	_, _, c := newApp(t, nil)
	c.board.record(tree(0))
	w := &stuck{}
	c.streamOverview(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/events", http.NoBody))
	if w.deadlines == 0 {
		t.Error("a write may last for ever")
	}
	if n := c.streams.Load(); n != 0 {
		t.Errorf("%d pages count as live", n)
	}
}
