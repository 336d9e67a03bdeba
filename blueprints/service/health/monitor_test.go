package health_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

func status(s health.Status) func(context.Context) health.Node {
	return func(context.Context) health.Node { return health.Node{Status: s} }
}

// newMonitor returns a Monitor on a machine that has enough of everything.
func newMonitor() *health.Monitor {
	m := health.NewMonitor()
	m.SetHost(status(health.Healthy))
	return m
}

func TestParentHasTheStatusOfItsWorstChild(t *testing.T) {
	for _, test := range []struct {
		children []health.Status
		want     health.Status
	}{
		{nil, health.Healthy},
		{[]health.Status{health.Healthy, health.Info}, health.Info},
		{[]health.Status{health.Warning, health.Info}, health.Warning},
		{[]health.Status{health.Warning, health.Unhealthy, health.Healthy}, health.Unhealthy},
		{[]health.Status{health.Healthy, "splendid"}, health.Unhealthy},
		{[]health.Status{""}, health.Unhealthy},
	} {
		m := newMonitor()
		for i, s := range test.children {
			m.Add(string(rune('a'+i)), status(s))
		}
		if got := m.Latest().Children[0].Status; got != test.want {
			t.Errorf("status over %q = %q, want %q", test.children, got, test.want)
		}
	}
}

func TestGrandchildrenCountToo(t *testing.T) {
	m := newMonitor()
	m.Add("database", func(context.Context) health.Node {
		return health.Node{Status: health.Healthy, Children: []health.Node{{Name: "replica", Status: health.Unhealthy}}}
	})
	if got := m.Latest().Status; got != health.Unhealthy {
		t.Errorf("status = %q, want unhealthy", got)
	}
}

func TestNoCredentialsInTheTree(t *testing.T) {
	for _, message := range []string{
		"dial postgres://shop:hunter2@db:5432/shop: refused",
		`parse "redis://:hunter2@@cache/0": invalid port`,
		"amqp://user:hunter2/with/slash@host",
		"host=db user=shop password=hunter2 sslmode=disable",
		"GET https://api.example.com/?api_key=hunter2&x=1 failed",
		"token: hunter2",
		"the key is sesame-sesame, keep it",
	} {
		m := newMonitor()
		m.Conceal("sesame-sesame")
		m.Add("database", func(context.Context) health.Node {
			return health.Node{
				Status: health.Unhealthy, Message: message,
				Figures:  []health.Figure{{Name: "target", Text: message}},
				Children: []health.Node{{Name: "pool", Status: health.Healthy, Message: message}},
			}
		})
		n := m.Latest().Children[0].Children[0]
		for _, text := range []string{n.Message, n.Figures[0].Text, n.Children[0].Message} {
			if strings.Contains(text, "hunter2") || strings.Contains(text, "sesame-sesame") {
				t.Errorf("%q became %q", message, text)
			}
		}
	}
}

func TestWhatIsNoCredentialStays(t *testing.T) {
	m := newMonitor()
	const message = "GET http://example.com/a?b=c answers 503; mail ops@example.com"
	m.Add("web", func(context.Context) health.Node { return health.Node{Status: health.Warning, Message: message} })
	if got := m.Latest().Children[0].Children[0].Message; got != message {
		t.Errorf("message = %q, want %q", got, message)
	}
}

func TestPanicIsReported(t *testing.T) {
	m := newMonitor()
	m.Add("database", func(context.Context) health.Node { panic("no pool") })
	n := m.Latest().Children[0].Children[0]
	if n.Status != health.Unhealthy || !strings.Contains(n.Message, "no pool") {
		t.Errorf("node = %+v, want unhealthy with the panic", n)
	}
}

func TestHangingCheckIsReportedAndNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var calls atomic.Int32
		m := newMonitor()
		m.Add("database", func(context.Context) health.Node {
			calls.Add(1)
			<-release // deaf to its context
			return health.Node{Status: health.Healthy}
		})
		ctx, cancel := context.WithCancel(t.Context())
		go m.Run(ctx)
		time.Sleep(time.Minute)
		n := m.Latest().Children[0].Children[0]
		if n.Status != health.Unhealthy || !strings.Contains(n.Message, "has not answered") {
			t.Errorf("node = %+v, want unhealthy without an answer", n)
		}
		if got := calls.Load(); got != 1 {
			t.Errorf("%d checks at the same time, want 1", got)
		}

		close(release)
		time.Sleep(5 * time.Second)
		if got := m.Latest().Status; got != health.Healthy {
			t.Errorf("status after the check came back = %q, want healthy", got)
		}
		cancel()
		synctest.Wait()
	})
}

func TestReadersShareOneSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		m := newMonitor()
		m.SetInterval(10 * time.Second)
		m.Add("database", func(context.Context) health.Node {
			calls.Add(1)
			return health.Node{Status: health.Healthy}
		})
		ctx, cancel := context.WithCancel(t.Context())
		go m.Run(ctx)
		synctest.Wait()
		for range 100 {
			m.Latest()
			go func() {
				for range m.Subscribe(ctx) {
					continue // only reads
				}
			}()
		}
		time.Sleep(35 * time.Second)
		if got := calls.Load(); got != 4 {
			t.Errorf("%d checks in 35 seconds, want 4", got)
		}
		cancel()
		synctest.Wait() // all readers have ended, or the test would not
	})
}

// TestFirstReadersWaitForOneSample has them come while the first one is taken.
func TestFirstReadersWaitForOneSample(t *testing.T) {
	var checks atomic.Int64
	checking, answer := make(chan struct{}, 9), make(chan struct{})
	m := newMonitor()
	m.Add("slow", func(context.Context) health.Node {
		checks.Add(1)
		checking <- struct{}{}
		<-answer
		return health.Node{Status: health.Healthy}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var run, readers sync.WaitGroup
	readers.Go(func() { m.Latest() })
	<-checking
	run.Go(func() { m.Run(ctx) })
	for range 3 {
		readers.Go(func() { m.Latest() })
	}
	time.Sleep(20 * time.Millisecond) // most of them wait by now
	close(answer)
	readers.Wait()
	time.Sleep(20 * time.Millisecond) // it would take another one
	cancel()
	run.Wait()
	if checks.Load() != 1 {
		t.Errorf("%d samples were taken", checks.Load())
	}
}

func TestSlowReaderGetsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		m := newMonitor()
		m.SetInterval(time.Second)
		m.Add("database", func(context.Context) health.Node {
			return health.Node{Status: health.Healthy, Figures: []health.Figure{{Name: "n", Value: float64(calls.Add(1))}}}
		})
		ctx, cancel := context.WithCancel(t.Context())
		samples := m.Subscribe(ctx)
		go m.Run(ctx)
		time.Sleep(10*time.Second + 500*time.Millisecond)
		synctest.Wait()
		if got := (<-samples).Children[0].Children[0].Figures[0].Value; got != 11 {
			t.Errorf("sample %v, want the newest, 11", got)
		}
		cancel()
		synctest.Wait()
		if _, open := <-samples; open {
			t.Error("the channel is open after the end")
		}
	})
}

func TestSystemIsPartOfTheTree(t *testing.T) {
	root := health.NewMonitor().Latest()
	system := root.Children[len(root.Children)-1]
	if system.Name != "system" {
		t.Fatalf("last child is %q, want system", system.Name)
	}
	have := map[string]health.Figure{}
	for _, f := range system.Figures {
		have[f.Name] = f
	}
	for _, name := range []string{"memory", "disk", "process memory", "goroutines"} {
		if have[name].Value <= 0 {
			t.Errorf("%s = %v, want more than nothing", name, have[name].Value)
		}
	}
	if have["memory"].Max < have["memory"].Value {
		t.Errorf("memory = %+v, want a maximum above the value", have["memory"])
	}
}

func TestSampleIsACopy(t *testing.T) {
	figures := []health.Figure{{Name: "url", Text: "http://a:secretly@b"}}
	m := newMonitor()
	m.Add("web", func(context.Context) health.Node { return health.Node{Status: health.Healthy, Figures: figures} })
	m.Latest()
	if figures[0].Text != "http://a:secretly@b" {
		t.Errorf("the component's own figures were changed to %q", figures[0].Text)
	}
}

func TestServicesHaveABranch(t *testing.T) {
	m := newMonitor()
	if _, ok := m.Latest().Child("services"); ok {
		t.Error("there is a branch without services")
	}
	m = newMonitor()
	m.Add("database", func(context.Context) health.Node { return health.Node{Status: health.Healthy} })
	m.AddTo(health.Services, "payments", func(context.Context) health.Node { return health.Node{Status: health.Warning} })
	root := m.Latest()
	for name, want := range map[string]health.Status{"components/database": health.Healthy, "services/payments": health.Warning, "services": health.Warning} {
		if n, ok := root.Child(strings.Split(name, "/")...); !ok || n.Status != want {
			t.Errorf("%s is %v %q", name, ok, n.Status)
		}
	}
}
