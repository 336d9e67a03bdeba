package cache

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// shop is a handler that counts its answers.
type shop struct {
	calls  atomic.Int64
	answer func(w http.ResponseWriter, r *http.Request, call int64)
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, s.calls.Add(1))
}

// number answers with how often it was asked.
func number(w http.ResponseWriter, _ *http.Request, call int64) {
	_, _ = fmt.Fprintf(w, "answer %d", call)
}

// ask sends a request with headers such as "Cookie: a=b".
func ask(h http.Handler, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, http.NoBody)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnswersAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t)
		h := c.HTTP(HTTPOptions{TTL: time.Minute, Vary: []string{"accept-language"}})(&shop{answer: number})
		for i, test := range []struct {
			method, target string
			headers        []string
			wait           time.Duration
			want           string
		}{
			{"GET", "/a", nil, 0, "answer 1"},
			{"GET", "/a", nil, 10 * time.Second, "answer 1"},
			{"HEAD", "/a", nil, 0, ""},
			{"GET", "/a?b", nil, 0, "answer 2"},
			{"GET", "/a", []string{"Accept-Language: de"}, 0, "answer 3"},
			{"GET", "/a", []string{"Accept: text/html"}, 0, "answer 1"},
			{"GET", "http://other.example/a", nil, 0, "answer 4"},
			{"POST", "/a", nil, 0, "answer 5"},
			{"GET", "/a", []string{"Range: bytes=0-1"}, 0, "answer 6"},
			{"GET", "/a", []string{"Cookie: id=1"}, 0, "answer 7"},
			{"GET", "/a", []string{"Authorization: Bearer x"}, 0, "answer 8"},
			{"GET", "/a", nil, time.Minute, "answer 9"},
			{"HEAD", "/new", nil, 0, ""},
			{"GET", "/new", nil, 0, "answer 10"},
		} {
			time.Sleep(test.wait)
			r := ask(h, test.method, test.target, test.headers...)
			if got := body(t, r); got != test.want || r.StatusCode != http.StatusOK {
				t.Errorf("%d: %s %s %q: %d %q, want %q", i, test.method, test.target, test.headers, r.StatusCode, got, test.want)
			}
			if i == 1 && (r.Header.Get("Age") != "10" || r.Header.Get("Vary") != "Accept-Language" || r.Header.Get("Cache-Control") != "no-cache") {
				t.Errorf("the headers are %v", r.Header)
			}
			if test.method == "HEAD" && r.Header.Get("Content-Length") == "" {
				t.Errorf("%d: the headers are %v", i, r.Header)
			}
		}
	})
}

func TestWhatMustNotBeKept(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"cookie":       func(w http.ResponseWriter) { http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"}) },
		"private":      func(w http.ResponseWriter) { w.Header().Set("Cache-Control", "max-age=60, private") },
		"no-store":     func(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") },
		"expired":      func(w http.ResponseWriter) { w.Header().Set("Cache-Control", "max-age=0") },
		"unclear":      func(w http.ResponseWriter) { w.Header().Set("Cache-Control", "max-age=soon") },
		"shared never": func(w http.ResponseWriter) { w.Header().Set("Cache-Control", "s-maxage=0, max-age=60") },
		"vary":         func(w http.ResponseWriter) { w.Header().Set("Vary", "Accept-Encoding, Cookie") },
		"vary all":     func(w http.ResponseWriter) { w.Header().Set("Vary", "*") },
		"error":        func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"created":      func(w http.ResponseWriter) { w.WriteHeader(http.StatusCreated) },
		"large":        func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 101)) },
		"stream":       func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			c, f := newCache(t)
			s := &shop{answer: func(w http.ResponseWriter, r *http.Request, call int64) {
				answer(w)
				number(w, r, call)
			}}
			h := c.HTTP(HTTPOptions{Vary: []string{"Accept-Encoding"}, MaxBody: 100})(s)
			for want := range 3 {
				if got := body(t, ask(h, "GET", "/")); !strings.HasSuffix(got, fmt.Sprint("answer ", want+1)) {
					t.Errorf("got %q", got)
				}
			}
			if len(f.values) > 0 {
				t.Errorf("%d answers are kept", len(f.values))
			}
		})
	}
}

func TestPublicAnswersAreForEverybody(t *testing.T) {
	c, _ := newCache(t)
	h := c.HTTP(HTTPOptions{Public: true})(&shop{answer: number})
	for _, header := range []string{"Cookie: id=1", "Authorization: Bearer x", "Accept: */*"} {
		if got := body(t, ask(h, "GET", "/", header)); got != "answer 1" {
			t.Errorf("%s: %q", header, got)
		}
	}
}

func TestUnchangedAnswersAreNotSentAgain(t *testing.T) {
	c, _ := newCache(t)
	plain := c.HTTP(HTTPOptions{})(&shop{answer: func(w http.ResponseWriter, _ *http.Request, _ int64) { _, _ = w.Write([]byte("tea")) }})
	first := ask(plain, "GET", "/")
	tag := first.Header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) || body(t, first) != "tea" {
		t.Fatalf("the headers are %v", first.Header)
	}
	weak := c.HTTP(HTTPOptions{})(&shop{answer: func(w http.ResponseWriter, _ *http.Request, _ int64) {
		w.Header().Set("ETag", `W/"a,b"`)
		w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
		_, _ = w.Write([]byte("tea"))
	}})
	for _, test := range []struct {
		h       http.Handler
		target  string
		headers []string
		want    int
	}{
		{plain, "/", []string{"If-None-Match: " + tag}, 304},
		{plain, "/", []string{"If-None-Match: W/" + tag}, 304},
		{plain, "/", []string{`If-None-Match: "other", ` + tag}, 304},
		{plain, "/", []string{"If-None-Match: *"}, 304},
		{plain, "/", []string{`If-None-Match: "other"`}, 200},
		{plain, "/fresh", []string{"If-None-Match: " + tag}, 304}, // the handler is asked, the client is not sent it
		{plain, "/", []string{"If-None-Match: " + tag, "Cookie: id=1"}, 304},
		{weak, "/weak", []string{`If-None-Match: "x", W/"a,b"`}, 304},
		{weak, "/weak", []string{`If-None-Match: "a`}, 200},
		{weak, "/weak", []string{"If-Modified-Since: Tue, 24 Nov 2026 10:00:00 GMT"}, 304},
		{weak, "/weak", []string{"If-Modified-Since: Tue, 24 Nov 2026 09:59:59 GMT"}, 200},
		{weak, "/weak", []string{`If-None-Match: "x"`, "If-Modified-Since: Tue, 24 Nov 2026 10:00:00 GMT"}, 200},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := ask(test.h, method, test.target, test.headers...)
			text := body(t, r)
			if r.StatusCode != test.want || (text == "") != (test.want == 304 || method == "HEAD") || r.Header.Get("ETag") == "" {
				t.Errorf("%s %s %q: %d %q %v, want %d", method, test.target, test.headers, r.StatusCode, text, r.Header, test.want)
			}
		}
	}
	private := ask(plain, "GET", "/", "Cookie: id=1")
	if got := private.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("a personal answer has Cache-Control %q", got)
	}
}

// TestTheHandlerIsAskedForAllOfIt has a handler that answers conditions and HEAD
// itself: what it would say to the first client must not be kept for others.
func TestTheHandlerIsAskedForAllOfIt(t *testing.T) {
	c, _ := newCache(t)
	s := &shop{answer: func(w http.ResponseWriter, r *http.Request, _ int64) {
		w.Header().Set("ETag", `"tea"`)
		switch {
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotModified)
		case r.Method == http.MethodGet:
			_, _ = w.Write([]byte("tea"))
		}
	}}
	h := c.HTTP(HTTPOptions{})(s)
	for i, test := range []struct {
		method, header, want string
		status               int
	}{
		{"HEAD", "", "", 200},
		{"GET", "", "tea", 200},
		{"GET", `If-None-Match: "tea"`, "", 304},
	} {
		for _, target := range []string{"/same", fmt.Sprint("/", i)} {
			r := ask(h, test.method, target, test.header)
			if got := body(t, r); got != test.want || r.StatusCode != test.status || test.status == 200 && r.Header.Get("Content-Length") != "3" {
				t.Errorf("%s %s %s: %d %q %v", test.method, target, test.header, r.StatusCode, got, r.Header)
			}
		}
	}
	if got := body(t, ask(h, "GET", "/2")); got != "tea" || s.calls.Load() != 4 {
		t.Errorf("after a condition: %q, and %d calls", got, s.calls.Load())
	}
}

func TestStreamsGoTheirWay(t *testing.T) {
	c, _ := newCache(t)
	inner := c.HTTP(HTTPOptions{})(&shop{answer: func(w http.ResponseWriter, _ *http.Request, _ int64) {
		w.Header().Set("Vary", "Accept")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte("one "))
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte("two"))
	}})
	w := httptest.NewRecorder()
	w.Header().Set("Vary", "Origin")
	inner.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if r := w.Result(); body(t, r) != "one two" || r.StatusCode != http.StatusAccepted || !w.Flushed || fmt.Sprint(r.Header["Vary"]) != "[Origin Accept]" {
		t.Errorf("%d %v, flushed: %t", r.StatusCode, r.Header, w.Flushed)
	}
}

func TestHeadersOfOthersAreNotKept(t *testing.T) {
	c, _ := newCache(t)
	inner := c.HTTP(HTTPOptions{Vary: []string{"Accept"}})(&shop{answer: func(w http.ResponseWriter, _ *http.Request, _ int64) {
		w.Header().Set("Content-Type", "text/x-tea")
		_, _ = w.Write([]byte("tea"))
	}})
	n := 0
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("X-Request-Id", strconv.Itoa(n))
		w.Header().Add("Vary", "Origin")
		inner.ServeHTTP(w, r)
	})
	for i := range 3 {
		r := ask(h, "GET", "/")
		if got := fmt.Sprint(r.Header["X-Request-Id"], r.Header["Vary"], r.Header["Content-Type"]); got != fmt.Sprintf("[%d] [Origin Accept] [text/x-tea]", i+1) {
			t.Errorf("the headers are %s", got)
		}
	}
}

// takesASecond returns a shop that needs a second to answer, and begins as begin does.
func takesASecond(begin func(http.ResponseWriter)) *shop {
	return &shop{answer: func(w http.ResponseWriter, r *http.Request, call int64) {
		time.Sleep(time.Second)
		begin(w)
		number(w, r, call)
	}}
}

func TestOneAnswerForAllWhoAskAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		calls  int64
	}{
		"kept":   {func(http.ResponseWriter) {}, 1},
		"cookie": {func(w http.ResponseWriter) { http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"}) }, 20},
		"error":  {func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := newCache(t)
				s := takesASecond(test.answer)
				h := c.HTTP(HTTPOptions{})(s)
				began := time.Now()
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() { body(t, ask(h, "GET", "/")) })
				}
				wg.Wait()
				if n := s.calls.Load(); n != test.calls {
					t.Errorf("the handler ran %d times, want %d", n, test.calls)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("it took %s: one after the other", took)
				}
			})
		})
	}
}

// slow is a client that does not take what it is sent.
type slow struct {
	*httptest.ResponseRecorder

	taken chan struct{} // closed when it takes everything
}

func (s slow) Write(b []byte) (int, error) {
	<-s.taken
	return s.ResponseRecorder.Write(b)
}

func TestASlowClientHoldsNobodyUp(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		calls  int64
	}{
		"kept":     {func(http.ResponseWriter) {}, 1},
		"not kept": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusCreated) }, 2},
		"large":    {func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 101)) }, 2},
		"stream":   {func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := newCache(t)
				s := takesASecond(test.answer)
				h := c.HTTP(HTTPOptions{MaxBody: 100})(s)
				taken := make(chan struct{})
				var wg sync.WaitGroup
				wg.Go(func() {
					h.ServeHTTP(slow{httptest.NewRecorder(), taken}, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
				})
				synctest.Wait()
				answered := make(chan struct{})
				wg.Go(func() {
					defer close(answered)
					body(t, ask(h, "GET", "/"))
				})
				select {
				case <-answered:
				case <-time.After(time.Minute):
					t.Error("who asks the same waits for the slow client")
				}
				close(taken)
				wg.Wait()
				if n := s.calls.Load(); n != test.calls {
					t.Errorf("the handler ran %d times, want %d", n, test.calls)
				}
			})
		})
	}
}

func TestAHandlerThatPanicsHoldsNobodyUp(t *testing.T) {
	c, _ := newCache(t)
	h := c.HTTP(HTTPOptions{})(&shop{answer: func(w http.ResponseWriter, r *http.Request, call int64) {
		if call == 1 {
			panic(errors.New("out of tea"))
		}
		number(w, r, call)
	}})
	func() {
		defer func() { _ = recover() }()
		ask(h, "GET", "/")
		t.Error("the panic is gone")
	}()
	if got := body(t, ask(h, "GET", "/")); got != "answer 2" {
		t.Errorf("got %q", got)
	}
}

func TestAnswersAreInvalidatedByTag(t *testing.T) {
	c, f := newCache(t)
	h := c.HTTP(HTTPOptions{Tags: func(r *http.Request) []string { return []string{"page:" + r.URL.Path, "pages"} }})(&shop{answer: number})
	want := func(target, answer string) {
		t.Helper()
		for range 2 {
			if got := body(t, ask(h, "GET", target)); got != answer {
				t.Errorf("%s: %q, want %q", target, got, answer)
			}
		}
	}
	want("/a", "answer 1")
	want("/b", "answer 2")
	_ = c.Invalidate(t.Context(), "page:/a")
	want("/a", "answer 3")
	want("/b", "answer 2")

	f.down.Store(true)
	if got := body(t, ask(h, "GET", "/a")); got != "answer 4" {
		t.Errorf("without the store: %q", got)
	}
	f.down.Store(false)
	want("/a", "answer 3")
}

func TestWhoAsksAfterAnInvalidationGetsTheNewAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t)
		s := &shop{answer: func(w http.ResponseWriter, r *http.Request, call int64) {
			time.Sleep(time.Second)
			number(w, r, call)
		}}
		h := c.HTTP(HTTPOptions{Tags: func(*http.Request) []string { return []string{"tag"} }})(s)
		var wg sync.WaitGroup
		wg.Go(func() { body(t, ask(h, "GET", "/")) })
		synctest.Wait()
		_ = c.Invalidate(t.Context(), "tag")
		// Of two answers that are ready at the same time, the old one may be kept.
		// It is not given to anybody, and costs one more.
		for range 3 {
			if got := body(t, ask(h, "GET", "/")); got == "answer 1" {
				t.Errorf("got %q", got)
			}
		}
		wg.Wait()
		if n := s.calls.Load(); n > 3 {
			t.Errorf("the handler ran %d times", n)
		}
	})
}
