package password

import (
	"errors"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	about := []string{"Ada Lovelace", "ada.lovelace@engines.example", "shop-front"}
	for _, test := range []struct {
		password string
		want     error
	}{
		{"correct horse battery", nil},
		{"tr0ub4dor&3", nil},
		{"Xk7#pQ2m", nil},
		{"größer als 7", nil},
		{"パスワードは秘密です", nil},
		{"my dragon eats cheese", nil},
		{"lovelace wrote notes", nil},
		{strings.Repeat("ab3 xZ!q", 16), nil},

		{"", ErrShort},
		{"Xk7#pQ2", ErrShort},
		{"gru\u0308ßen", ErrShort}, // six characters, however they are typed
		{strings.Repeat("ab3 xZ!q", 16) + "x", ErrLong},
		{"Xk7#pQ2m\n", ErrText},
		{"Xk7#pQ2m\xff", ErrText},

		{"password", ErrCommon},
		{"Password1", ErrCommon},
		{"P@ssw0rd123!", ErrCommon},
		{"pa$$word2026", ErrCommon},
		{"letmein!!", ErrCommon},
		{"qwerty123", ErrCommon},
		{"2026Summer", ErrCommon},
		{"iloveyou2", ErrCommon},
		{"trustno1", ErrCommon},

		{"ada.lovelace@engines.example", ErrKnown},
		{"ADA.LOVELACE@engines.example", ErrKnown},
		{"ada.lovelace", ErrKnown},
		{"adalovelace1815", ErrKnown},
		{"Lovelace1815!", ErrKnown},
		{"engines2026", ErrKnown},
		{"shopfront1", ErrKnown},
		{"AdaAdaAda", ErrKnown},

		{"aaaaaaaa", ErrPattern},
		{"abababab", ErrPattern},
		{"11112222", ErrPattern},
		{"12345678", ErrPattern},
		{"9876543210", ErrPattern},
		{"abcdefghij", ErrPattern},
		{"qwertyuiop", ErrPattern},
		{"1qaz2wsx", ErrCommon},
		{"asdfghjkl;", ErrPattern},
	} {
		if err := Check(test.password, about...); !errors.Is(err, test.want) {
			t.Errorf("Check(%q) = %v, want %v", test.password, err, test.want)
		}
	}
	if err := Check("lovelace1815"); err != nil {
		t.Errorf("of somebody else: %v", err)
	}
}
