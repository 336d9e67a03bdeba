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

// piped returns an application whose log goes to a pipe, and the messages that arrive.
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
			_, message, _ := strings.Cut(lines.Text(), "msg=")
			arrived <- message
		}
	}()
	return a, arrived
}

func expect(t *testing.T, arrived <-chan string, want string) {
	t.Helper()
	select {
	case got := <-arrived:
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%q was not written", want)
	}
}

func TestLinesAboutRequestsAreWrittenWithoutOthers(t *testing.T) {
	a, arrived := piped(t)
	for i := range 3 {
		a.RequestLog.Info(strconv.Itoa(i))
	}
	for i := range 3 {
		expect(t, arrived, strconv.Itoa(i))
	}
}

func TestLinesKeepTheirOrder(t *testing.T) {
	a, arrived := piped(t)
	var want []string
	for i := range 20_000 { // more than may wait
		line := strconv.Itoa(i)
		want = append(want, line)
		if i%5000 == 4999 {
			a.Log.Warn(line)
		} else {
			a.RequestLog.Info(line)
		}
	}
	for _, line := range want {
		expect(t, arrived, line)
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
