package auth

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

// TestAttackBruteForceAcrossReplicas tries passwords at two processes of the
// application at once, many at a time.
func TestAttackBruteForceAcrossReplicas(t *testing.T) {
	db := databasetest.URL(t)
	replicas := []*site{startAt(t, db), startAt(t, db)}
	replicas[0].user(ada, false)
	for _, email := range []string{ada, "nobody@example.com"} {
		var looked, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				switch a := replicas[i%2].api("POST", "/api/v1/auth/login", "", object("email", email, "password", other)); a.status {
				case http.StatusUnauthorized:
					looked.Add(1)
				case http.StatusTooManyRequests:
					refused.Add(1)
					if a.header.Get("Retry-After") == "" {
						t.Error("nobody says when to come again")
					}
				default:
					t.Errorf("trying answers %d %s", a.status, a.body)
				}
			})
		}
		wg.Wait()
		if looked.Load() != 10 || refused.Load() != 14 {
			t.Errorf("for %s, %d passwords were looked at and %d refused, want 10 and 14", email, looked.Load(), refused.Load())
		}
		for _, s := range replicas {
			wantStatus(t, "the right password, while it is locked", s.api("POST", "/api/v1/auth/login", "", object("email", email, "password", good)), 429)
		}
	}
	for _, s := range replicas {
		s.later(16 * time.Minute)
	}
	replicas[1].login(ada, good)

	// The second factor is guarded by its own.
	s := replicas[0]
	var f newFactor
	access := s.login(ada, good).Access
	s.api("GET", "/api/v1/auth/second-factor", access, "").decode(t, &f)
	wantStatus(t, "adding a factor", s.api("PUT", "/api/v1/auth/second-factor", access, object("password", good, "pending", f.Pending, "code", s.code(t, f.Key))), 200)
	looked := 0
	for i := range 20 {
		a := replicas[i%2].api("POST", "/api/v1/auth/login", "", object("email", ada, "password", good, "code", "000000"))
		if a.status == http.StatusUnauthorized {
			looked++
		}
	}
	if looked != 10 {
		t.Errorf("%d codes were looked at, want 10", looked)
	}
}

// TestAttackMailbox asks for mail to one mailbox again and again.
func TestAttackMailbox(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	for range 20 {
		wantStatus(t, "asking", s.api("POST", "/api/v1/auth/password/forgot", "", object("email", ada)), 202)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.auth.post.drain(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(s.letters(ada)); n != 3 {
		t.Errorf("there are %d letters", n)
	}
}
