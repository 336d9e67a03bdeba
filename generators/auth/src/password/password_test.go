package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
)

const secret = "correct horse battery"

func hash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	text, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestHashesVerify(t *testing.T) {
	h := New(2)
	text := hash(t, h, secret)
	if !strings.HasPrefix(text, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(text, secret) {
		t.Errorf("the hash is %s", text)
	}
	if other := hash(t, h, secret); other == text {
		t.Error("two hashes of a password are the same")
	}
	for password, want := range map[string]bool{secret: true, secret + " ": false, "": false, "Correct horse battery": false} {
		if ok, err := h.Verify(t.Context(), password, text); ok != want || err != nil {
			t.Errorf("Verify(%q) = %v, %v, want %v", password, ok, err, want)
		}
	}
	if NeedsRehash(text) {
		t.Error("a new hash is old already")
	}
}

// The vector is that of the reference implementation's tests: argon2id, t=2,
// m=2^16, p=1, salt "somesalt".
func TestHashesOfOthersVerify(t *testing.T) {
	const text = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h := New(1)
	if ok, err := h.Verify(t.Context(), "password", text); !ok || err != nil {
		t.Errorf("Verify = %v, %v", ok, err)
	}
	if !NeedsRehash(text) {
		t.Error("other parameters need no new hash")
	}
}

func TestWaysToTypeAPassword(t *testing.T) {
	h := New(1)
	if ok, err := h.Verify(t.Context(), "grüße an alle", hash(t, h, "gru\u0308ße an alle")); !ok || err != nil {
		t.Errorf("Verify = %v, %v", ok, err)
	}
}

func TestWhatIsNotAHash(t *testing.T) {
	h := New(1)
	for _, text := range []string{
		"x", secret, "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=65536,t=2,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=65536,t=99999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$",
	} {
		if ok, err := h.Verify(t.Context(), "password", text); ok || !errors.Is(err, ErrHash) {
			t.Errorf("Verify(%q) = %v, %v", text, ok, err)
		}
		if !NeedsRehash(text) {
			t.Errorf("%q needs no new hash", text)
		}
	}
}

// What takes time is filling memory, so that is what is compared.
func TestUsersWhoDoNotExistTakeTheSameWork(t *testing.T) {
	h := New(1)
	text := hash(t, h, secret)
	work := func(stored string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if ok, err := h.Verify(t.Context(), "wrong password", stored); ok || err != nil {
			t.Errorf("Verify of %q = %v, %v", stored, ok, err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	user, nobody := work(text), work("")
	if user < 19<<20 || nobody < 19<<20 || max(user, nobody)-min(user, nobody) > 1<<20 {
		t.Errorf("a user takes %d bytes, nobody %d", user, nobody)
	}
}

func TestOnlySoManyAtATime(t *testing.T) {
	h := New(2)
	text := hash(t, h, secret)
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 2)
	go func() {
		_, err := h.Hash(ctx, secret)
		waiting <- err
	}()
	go func() {
		_, err := h.Verify(ctx, secret, text)
		waiting <- err
	}()
	cancel()
	for range 2 {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("while others work: %v", err)
		}
	}
	<-h.slots
	if ok, err := h.Verify(t.Context(), secret, text); !ok || err != nil {
		t.Errorf("when there is room: %v, %v", ok, err)
	}
	if len(h.slots) != 1 {
		t.Errorf("%d slots are taken", len(h.slots))
	}
}
