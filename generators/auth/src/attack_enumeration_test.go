package auth

import (
	"net"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestAttackEnumerationByText asks about addresses that have an account, of each
// state that one can be in, and about one that has none, and compares all that
// comes back.
func TestAttackEnumerationByText(t *testing.T) {
	s := start(t)
	const unverified, disabled, guarded = "unverified@example.com", "disabled@example.com", "guarded@example.com"
	known := []string{ada, unverified, disabled, guarded}
	for _, email := range known {
		user := s.user(email, false)
		switch email {
		case unverified:
			user.VerifiedAt = 0
		case disabled:
			user.DisabledAt = millisOf(s.auth.now())
		case guarded:
			owner := s.browser()
			owner.signIn(guarded, good)
			owner.addFactor()
		}
		if err := s.auth.store.setUser(t.Context(), s.auth.store.db.DB(), user, "verified_at", "disabled_at"); err != nil {
			t.Fatal(err)
		}
	}
	v := s.browser()
	for _, way := range []struct {
		what string
		ask  func(string) answer
	}{
		{"signing in", func(email string) answer {
			return s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other))
		}},
		{"signing in with a code", func(email string) answer {
			return s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other, "code", "123456"))
		}},
		{"signing in on the page", func(email string) answer { return v.post("/login", "email", email, "password", other) }},
		{"a forgotten password", func(email string) answer {
			return s.api("POST", "/api/v1/auth/password/forgot", "", object("email", email))
		}},
		{"a forgotten password on the page", func(email string) answer { return v.post("/forgot", "email", email) }},
		{"registering", func(email string) answer {
			return s.api("POST", "/api/v1/auth/register", "", object("email", email, "name", "Ada", "password", other))
		}},
		{"registering on the page", func(email string) answer {
			return v.post("/register", "email", email, "name", "Ada", "new", other)
		}},
	} {
		s.later(time.Hour) // so that nobody has tried too often yet
		for _, email := range known {
			s.same(way.what+" as "+email, email, way.ask)
		}
	}
	// Locked out alike. Nobody has registered by now, so that it is somebody else.
	s.later(time.Hour)
	ends := []string{ada, "stranger@example.com"}
	for range 10 {
		for _, email := range ends {
			s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other))
		}
	}
	for _, email := range ends {
		wantStatus(t, "one try too many for "+email, s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", good)), 429)
	}
}

// TestAttackEnumerationByTime compares the work that is done for an address with
// an account and for one without. Passwords are what takes time: each fills 19
// MiB of memory, which is what is measured. Mail, which takes longer still, is
// sent after the answer: here to a server that never says a word.
func TestAttackEnumerationByTime(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "MAIL_URL=smtp://"+silent.Addr().String()+"?tls=off", "MAIL_FROM=shop@example.com", "MAIL_TIMEOUT=5m")
	var connected []net.Conn
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			connected = append(connected, conn)
		}
	}()
	hangUp := sync.OnceFunc(func() {
		_ = silent.Close()
		<-accepting
		for _, conn := range connected {
			_ = conn.Close()
		}
	})
	t.Cleanup(hangUp) // before the application ends
	s.user(ada, false)
	provided := s.user(eve, false) // who signs in at a provider
	provided.Password = ""
	if err := s.auth.store.setUser(t.Context(), s.auth.store.db.DB(), provided, "password"); err != nil {
		t.Fatal(err)
	}
	work := func(ask func()) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ask()
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / (19 << 20)
	}
	for _, way := range []struct {
		what   string
		hashes float64
		ask    func(email string)
	}{
		{"signing in", 1, func(email string) {
			wantStatus(t, "signing in", s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", other)), 401)
		}},
		{"registering", 1, func(email string) {
			wantStatus(t, "registering", s.api("POST", "/api/v1/auth/register", "", object("email", email, "name", "Ada", "password", other)), 202)
		}},
		{"a forgotten password", 0, func(email string) {
			wantStatus(t, "a forgotten password", s.api("POST", "/api/v1/auth/password/forgot", "", object("email", email)), 202)
		}},
	} {
		for _, email := range []string{ada, eve, "nobody@example.com"} {
			late := time.AfterFunc(time.Minute, func() {
				t.Errorf("%s waits for the mail to %s", way.what, email)
				hangUp()
			})
			got := work(func() { way.ask(email) })
			late.Stop()
			if got < way.hashes || got > way.hashes+0.5 {
				t.Errorf("%s costs %.2f hashes for %s, want %v", way.what, got, email, way.hashes)
			}
		}
	}
}
