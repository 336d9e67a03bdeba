package app_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// piped returns an application whose log goes to a pipe, and the numbers of the lines
// that arrive.
func piped(t *testing.T) (*app.App, <-chan string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	a, err := app.New(app.Options{Name: "shop", LogTo: w, Environ: []string{"SHOP_LOG_FORMAT=text"}})
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan string, 100_000)
	go func() {
		defer close(arrived)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			_, number, _ := strings.Cut(lines.Text(), "number=")
			arrived <- number
		}
	}()
	return a, arrived
}

func expect(t *testing.T, arrived <-chan string, want int) {
	t.Helper()
	select {
	case got := <-arrived:
		if got != strconv.Itoa(want) {
			t.Fatalf("got the line %q, want %d", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("line %d was not written", want)
	}
}

func TestLinesAboutRequestsAreWrittenWithoutOthers(t *testing.T) {
	a, arrived := piped(t)
	for i := range 3 {
		a.RequestLog.Info("request", "number", i)
	}
	for i := range 3 {
		expect(t, arrived, i)
	}
}

func TestLinesKeepTheirOrder(t *testing.T) {
	a, arrived := piped(t)
	const many = 20_000 // more than may wait
	for i := range many {
		if i%5000 == 4999 {
			a.Log.Warn("other", "number", i)
		} else {
			a.RequestLog.Info("request", "number", i)
		}
	}
	for i := range many {
		expect(t, arrived, i)
	}
}

func TestOtherLinesAreWrittenAtOnce(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	a, err := app.New(app.Options{Name: "shop", LogTo: f})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		a.RequestLog.Info("request")
	}
	a.Log.Info("other")
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), "\n"); got != 4 || !strings.Contains(string(text), `"other"`) {
		t.Errorf("right after the last of 4 lines, the file has %d:\n%s", got, text)
	}
}
