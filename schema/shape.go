package schema

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"cuelang.org/go/cue/token"
)

// shape is what the schema says of one value, read from the schema's syntax.
// The evaluator decides what is right; a shape says in words what would be,
// and describes it to people and editors.
type shape struct {
	doc      string // of the field: "The TCP port it listens on."
	noun     string // of the definition: "a TCP port from 1 to 65535"
	kind     kind
	optional bool     // the field may be absent, and has no default then
	required bool     // the field must be given
	def      string   // the default as CUE text; "" is none
	defFrom  []string // path of the field that the default is taken from
	choices  []string // the only values there are, as CUE text
	rules    []*rule
	fields   []*member
	key      *shape   // of the names of all other fields
	pattern  *shape   // of their values
	elem     *shape   // of list elements
	either   []*shape // alternatives of different kinds

	notes map[string]string // on names that are no fields
}

type member struct {
	name string
	*shape
}

// rule is one constraint of a number or a text.
type rule struct {
	op      token.Token   // a comparison, MAT or NMAT; ILLEGAL for a call
	operand string        // the bound as CUE text
	pattern func() string // the regular expression; evaluated only when needed
	noun    string        // of a regular expression with a name: "a keyword of Go"
	call    string        // the validator: "strings.MaxRunes"

	compiled *regexp.Regexp // of pattern, once it was needed
}

type kind string

const (
	anyKind    kind = ""
	textKind   kind = "text"
	intKind    kind = "integer"
	numberKind kind = "number"
	boolKind   kind = "boolean"
	structKind kind = "struct"
	listKind   kind = "list"
	nullKind   kind = "null"
	bytesKind  kind = "bytes"
)

// words returns what a value of the kind is called, with its article.
func (k kind) words() string {
	switch k {
	case textKind:
		return "a text in quotes"
	case intKind:
		return "an integer"
	case numberKind:
		return "a number"
	case boolKind:
		return "true or false"
	case structKind:
		return "options in braces { … }"
	case listKind:
		return "a list in brackets [ … ]"
	case nullKind:
		return "null"
	case bytesKind:
		return "bytes in single quotes"
	default:
		return "a value"
	}
}

func (s *shape) field(name string) *shape {
	for _, f := range s.fields {
		if f.name == name {
			return f.shape
		}
	}
	return nil
}

// at returns the shape of the value at path, in which anyKey stands for any key
// of a map, or nil if the schema has nothing to say of it.
func (s *shape) at(path []string) *shape {
	for _, p := range path {
		if s == nil {
			return nil
		}
		switch f := s.field(p); {
		case f != nil:
			s = f
		case s.elem != nil:
			s = s.elem
		case s.pattern != nil && (p == anyKey || s.key.fitText(p) == nil):
			s = s.pattern
		default:
			s = nil
		}
	}
	return s
}

// words says what the value has to be: "a TCP port from 1 to 65535".
func (s *shape) words() string {
	switch {
	case len(s.choices) == 1:
		return s.choices[0]
	case len(s.choices) > 0:
		return "one of " + strings.Join(s.choices, ", ")
	case s.noun != "":
		return s.noun
	case len(s.either) > 0:
		words := make([]string, len(s.either))
		for i, e := range s.either {
			words[i] = e.words()
		}
		return strings.Join(words, " or ")
	case s.pattern != nil && s.key.noun != "":
		return "entries in braces { … }, each with " + s.key.noun
	}
	return s.kind.words() + s.bounds()
}

// bounds says which numbers are allowed: " from 1 to 10", or "".
func (s *shape) bounds() string {
	var low, high string
	inclusive := true
	for _, r := range s.rules {
		switch r.op {
		case token.GEQ:
			low = "at least " + r.operand
		case token.GTR:
			low, inclusive = "more than "+r.operand, false
		case token.LEQ:
			high = "at most " + r.operand
		case token.LSS:
			high, inclusive = "less than "+r.operand, false
		default:
			// Regular expressions and validators are no bounds.
		}
	}
	switch {
	case low == "" && high == "":
		return ""
	case low != "" && high != "" && inclusive:
		return fmt.Sprintf(" from %s to %s", strings.TrimPrefix(low, "at least "), strings.TrimPrefix(high, "at most "))
	case low != "" && high != "":
		return fmt.Sprintf(", %s and %s", low, high)
	default:
		return ", " + low + high
	}
}

// example returns a value of the shape that its words mention, as CUE text.
func (s *shape) example() string {
	if len(s.choices) > 0 {
		return s.choices[0]
	}
	if _, rest, ok := strings.Cut(s.noun, `such as "`); ok {
		if text, _, ok := strings.Cut(rest, `"`); ok {
			return strconv.Quote(text)
		}
	}
	if s.kind == structKind {
		return "{}"
	}
	return s.def
}
