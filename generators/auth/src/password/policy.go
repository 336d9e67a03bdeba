package password

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How many characters a password has, as NIST SP 800-63B recommends. Which ones
// is everybody's own choice.
const (
	MinLength = 8
	MaxLength = 128
)

// minDistinct is how many different characters a password has at least.
const minDistinct = 5

// What Check finds wrong with a password. The texts are for whoever chose it.
var (
	ErrShort   = fmt.Errorf("use at least %d characters", MinLength)
	ErrLong    = fmt.Errorf("use at most %d characters", MaxLength)
	ErrText    = errors.New("use letters, digits, signs and spaces only")
	ErrCommon  = errors.New("this is one of the passwords that are guessed first")
	ErrKnown   = errors.New("do not use your name, your address or the name of this service")
	ErrPattern = errors.New("do not repeat characters or follow the alphabet, the digits or the keyboard")
)

// Check returns nil if the password can be used, and otherwise the first of the
// errors above that holds. about is what everybody knows of the user: name,
// e-mail address, name of the service.
func Check(password string, about ...string) error {
	password = normal(password)
	switch n := utf8.RuneCountInString(password); {
	case n < MinLength:
		return ErrShort
	case n > MaxLength:
		return ErrLong
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return ErrText
	}
	lower := strings.ToLower(password)
	if known(lower, about) {
		return ErrKnown
	}
	if slices.Contains(common, core(lower)) {
		return ErrCommon
	}
	if distinct(lower) < minDistinct || follows(lower) {
		return ErrPattern
	}
	return nil
}

// known says whether the password is little more than one of the texts, or a
// part of one: of an address, what is before the @, and the name of the domain.
func known(password string, about []string) bool {
	password = letters(password)
	for _, text := range about {
		text = strings.ToLower(normal(text))
		words := append(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), text)
		if local, _, ok := strings.Cut(text, "@"); ok {
			words = append(words, local)
		}
		for _, word := range words {
			word = letters(word)
			if utf8.RuneCountInString(word) >= 3 && password != "" && strings.ReplaceAll(password, word, "") == "" {
				return true
			}
		}
	}
	return false
}

// letters returns the letters of a text alone.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

// plain undoes what people write for letters.
var plain = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// core returns the word of a password, without the digits and signs around it:
// those of "P@ssw0rd123!" are what everybody adds.
func core(password string) string {
	word := strings.TrimFunc(password, func(r rune) bool { return !unicode.IsLetter(r) && r != '@' && r != '$' })
	return letters(plain.Replace(word))
}

// common are words that the published lists of passwords begin with, alone or
// with digits and signs around them.
var common = []string{
	"abc", "abcd", "access", "admin", "administrator", "baseball", "basketball", "batman", "changeme", "charlie",
	"cheese", "chocolate", "computer", "default", "dragon", "football", "freedom", "guest", "hallo", "hello", "iloveyou",
	"internet", "jordan", "letmein", "liverpool", "login", "love", "loveme", "lovely", "master", "michael", "michelle",
	"monkey", "mustang", "ninja", "pass", "passw", "passwd", "password", "passwort", "pokemon", "princess", "qazwsx",
	"qwe", "qwer", "qwert", "qwerty", "root", "samsung", "secret", "shadow", "starwars", "summer", "sunshine", "superman",
	"temp", "test", "testing", "trustno", "user", "welcome", "whatever", "winter", "zaq",
}

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// rows are what fingers and tongues follow.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890",
	"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm",
}

// follows says whether most characters are beside the one before, in some row, or
// the same.
func follows(text string) bool {
	steps, total := 0, 0
	var before rune
	for i, r := range text {
		if i > 0 {
			total++
			pair, reverse := string(before)+string(r), string(r)+string(before)
			if before == r || slices.ContainsFunc(rows, func(row string) bool {
				return strings.Contains(row, pair) || strings.Contains(row, reverse)
			}) {
				steps++
			}
		}
		before = r
	}
	return steps*10 >= total*7
}
