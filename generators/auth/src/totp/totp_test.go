package totp

import (
	"encoding/base32"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// rfc is the secret of RFC 6238, appendix B.
var rfc = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

func TestVectorsOfTheRFC(t *testing.T) {
	for seconds, code := range map[int64]string{ // the last six of its eight digits
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		step, ok, err := Verify(rfc, code, time.Unix(seconds, 0), 0)
		if !ok || err != nil || step != seconds/30 {
			t.Errorf("at %d, Verify(%s) = %d, %v, %v", seconds, code, step, ok, err)
		}
	}
}

func TestWindow(t *testing.T) {
	const code = "279037" // from 1999999980 to 2000000009
	for seconds, want := range map[int64]bool{
		1999999949: false, 1999999950: true, 1999999980: true, 2000000009: true, 2000000039: true, 2000000040: false,
	} {
		if _, ok, err := Verify(rfc, code, time.Unix(seconds, 0), 0); ok != want || err != nil {
			t.Errorf("at %d, Verify = %v, %v, want %v", seconds, ok, err, want)
		}
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	now := time.Unix(2000000000, 0)
	step, ok, _ := Verify(rfc, "279 037", now, 0)
	if !ok {
		t.Fatal("with a space it is wrong")
	}
	for _, later := range []time.Duration{0, 20 * time.Second, 39 * time.Second} {
		if _, ok, _ := Verify(rfc, "279037", now.Add(later), step); ok {
			t.Errorf("after %s it is right again", later)
		}
	}
	key, _ := base.DecodeString(rfc)
	// Nor is an older one, which somebody may have seen before.
	if _, ok, _ := Verify(rfc, generate(key, step-1), now, step); ok {
		t.Error("the code before it is right")
	}
	if next, ok, _ := Verify(rfc, generate(key, step+1), now, step); !ok || next != step+1 {
		t.Errorf("the next code is of step %d, %v", next, ok)
	}
}

func TestWrongCodes(t *testing.T) {
	for _, code := range []string{"", "279038", "27903", "2790370", "27903x", "２７９０３７", strings.Repeat("2", 1<<16)} {
		if _, ok, err := Verify(rfc, code, time.Unix(2000000000, 0), 0); ok || err != nil {
			t.Errorf("Verify(%.20q) = %v, %v", code, ok, err)
		}
	}
	for _, secret := range []string{"", "1", "not base 32"} {
		if _, ok, err := Verify(secret, "279037", time.Unix(2000000000, 0), 0); ok || !errors.Is(err, ErrSecret) {
			t.Errorf("with the secret %q: %v, %v", secret, ok, err)
		}
	}
}

func TestURL(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	if len(a) != 32 || a == b {
		t.Errorf("secrets are %s and %s", a, b)
	}
	text := URL("Corner: Shop & Co", "ada@example.com", a)
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Corner Shop & Co:ada@example.com" || strings.Contains(text, "+") ||
		q.Get("secret") != a || q.Get("issuer") != "Corner Shop & Co" || q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" {
		t.Errorf("the URL is %s", text)
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes := NewRecoveryCodes()
	form := regexp.MustCompile(`^[a-z2-7]{4}(-[a-z2-7]{4}){3}$`)
	var digests []string
	for _, code := range codes {
		if !form.MatchString(code) {
			t.Errorf("a code is %q", code)
		}
		d := Digest(code)
		if d != Digest(strings.ToUpper(strings.ReplaceAll(code, "-", " "))+" ") {
			t.Errorf("the digest of %s depends on how it is typed", code)
		}
		digests = append(digests, d)
	}
	slices.Sort(digests)
	if len(codes) != RecoveryCodes || len(slices.Compact(digests)) != RecoveryCodes {
		t.Errorf("the codes are %q", codes)
	}
}
