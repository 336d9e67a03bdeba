package seal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators/auth/src/seal"
)

func box(t *testing.T, secret string) *seal.Box {
	t.Helper()
	b, err := seal.New(secret)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOnlyTheBoxOpensWhatItSealed(t *testing.T) {
	b := box(t, "one secret")
	sealed := b.Seal([]byte("the key"), "user 1")
	if plain, err := box(t, "one secret").Open(sealed, "user 1"); err != nil || string(plain) != "the key" {
		t.Fatalf("opened: %q, %v", plain, err)
	}
	if again := b.Seal([]byte("the key"), "user 1"); again == sealed {
		t.Error("sealing twice gives the same text")
	}
	changed := strings.Replace(sealed, sealed[:1], string(sealed[0]^1), 1)
	for name, open := range map[string]func() ([]byte, error){
		"another secret": func() ([]byte, error) { return box(t, "another").Open(sealed, "user 1") },
		"another use":    func() ([]byte, error) { return b.Open(sealed, "user 2") },
		"a changed text": func() ([]byte, error) { return b.Open(changed, "user 1") },
		"no base64":      func() ([]byte, error) { return b.Open("!", "user 1") },
		"nothing":        func() ([]byte, error) { return b.Open("", "user 1") },
	} {
		if plain, err := open(); !errors.Is(err, seal.ErrBroken) || plain != nil {
			t.Errorf("%s opens it: %q, %v", name, plain, err)
		}
	}
}
