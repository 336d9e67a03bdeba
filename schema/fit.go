package schema

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// misfit says why a literal is not of a shape.
type misfit struct {
	code    Code
	message string
	hint    string
	name    bool // it is about the name of the field, not about its value
}

// fit compares a literal with the shape, and returns nil if it fits or is no
// literal. It looks at the value itself, not into structs and lists.
func (s *shape) fit(x ast.Expr) *misfit {
	got := literalKind(x)
	if got == anyKind {
		return nil
	}
	if len(s.either) > 0 {
		for _, e := range s.either {
			if e.fit(x) == nil {
				return nil
			}
		}
		return &misfit{code: CodeType, message: fmt.Sprintf("must be %s, not %s", s.words(), describe(x))}
	}
	if s.kind != anyKind && got != s.kind && (s.kind != numberKind || got != intKind) {
		return &misfit{code: CodeType, message: fmt.Sprintf("must be %s, not %s", s.words(), describe(x)), hint: s.convert(x)}
	}
	switch got {
	case textKind:
		lit, ok := x.(*ast.BasicLit)
		if !ok {
			return nil // an interpolation: known after evaluation only
		}
		text, err := literal.Unquote(lit.Value)
		if err != nil {
			return nil
		}
		return s.fitText(text)
	case intKind, numberKind, boolKind:
		return s.fitNumber(x)
	default:
		return nil
	}
}

func (s *shape) fitText(text string) *misfit {
	if len(s.choices) > 0 {
		for _, c := range s.choices {
			if t, err := literal.Unquote(c); err == nil && t == text {
				return nil
			}
		}
		m := &misfit{code: CodeChoice, message: fmt.Sprintf("must be %s, not %q", s.words(), text)}
		if near := closest(text, unquoteAll(s.choices)); near != "" {
			m.hint = fmt.Sprintf("did you mean %q?", near)
		}
		return m
	}
	for _, r := range s.rules {
		m := r.fitText(text, s.words())
		if m == nil {
			continue
		}
		if better := s.mend(text); better != "" {
			m.hint = fmt.Sprintf("did you mean %q?", better)
		} else if r.op == token.NMAT {
			m.hint = "choose " + s.words()
		}
		return m
	}
	return nil
}

func (r *rule) fitText(text, want string) *misfit {
	switch {
	case r.op == token.MAT, r.op == token.NMAT:
		if r.compiled == nil {
			r.compiled = regexp.MustCompile(r.pattern()) // the evaluator has, too
		}
		switch {
		case r.compiled.MatchString(text) == (r.op == token.MAT):
			return nil
		case r.op == token.MAT:
			return &misfit{code: CodeText, message: fmt.Sprintf("%q is not %s", text, want)}
		case r.noun != "":
			return &misfit{code: CodeText, message: fmt.Sprintf("%q is %s", text, r.noun)}
		default:
			return &misfit{code: CodeText, message: fmt.Sprintf("%q is not allowed", text)}
		}
	case r.call == "strings.MaxRunes":
		most, err := strconv.Atoi(r.operand)
		if n := utf8.RuneCountInString(text); err == nil && n > most {
			return &misfit{code: CodeBounds, message: fmt.Sprintf("has %d characters, and at most %d are allowed", n, most)}
		}
	case r.call == "strings.MinRunes":
		least, err := strconv.Atoi(r.operand)
		if n := utf8.RuneCountInString(text); err == nil && n < least {
			return &misfit{code: CodeBounds, message: fmt.Sprintf("has %d characters, and at least %d are needed", n, least)}
		}
	case r.call == "time.Duration":
		if _, err := time.ParseDuration(text); err != nil {
			return &misfit{code: CodeText, message: fmt.Sprintf("%q is not %s", text, want)}
		}
	case r.call == "time.Time":
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
			return &misfit{code: CodeText, message: fmt.Sprintf("%q is not %s", text, want)}
		}
	}
	return nil
}

func (s *shape) fitNumber(x ast.Expr) *misfit {
	text := cueText(x)
	if len(s.choices) > 0 {
		if slices.Contains(s.choices, text) {
			return nil
		}
		return &misfit{code: CodeChoice, message: fmt.Sprintf("must be %s, not %s", s.words(), text)}
	}
	n, ok := number(x)
	if !ok {
		return nil
	}
	for _, r := range s.rules {
		bound, ok := new(big.Float).SetString(r.operand)
		if !ok {
			continue
		}
		c := n.Cmp(bound)
		if r.op == token.GEQ && c < 0 || r.op == token.GTR && c <= 0 || r.op == token.LEQ && c > 0 || r.op == token.LSS && c >= 0 {
			return &misfit{code: CodeBounds, message: fmt.Sprintf("must be %s, not %s", s.words(), text)}
		}
	}
	return nil
}

// number returns the value of a number literal. A float is exact enough to
// compare with bounds, and unlike a fraction it stays small whatever exponent
// somebody writes.
func number(x ast.Expr) (*big.Float, bool) {
	negative := false
	for {
		u, ok := x.(*ast.UnaryExpr)
		if !ok {
			break
		}
		if u.Op == token.SUB {
			negative = !negative
		}
		x = u.X
	}
	lit, ok := x.(*ast.BasicLit)
	if !ok {
		return nil, false
	}
	var info literal.NumInfo
	if literal.ParseNum(lit.Value, &info) != nil {
		return nil, false
	}
	n, ok := new(big.Float).SetPrec(128).SetString(info.String())
	if ok && negative {
		n.Neg(n)
	}
	return n, ok
}

// describe names a literal in a message: the text "many", 5, a list.
func describe(x ast.Expr) string {
	switch k := literalKind(x); k {
	case structKind, listKind:
		return k.words()
	case textKind:
		if t := cueText(x); len(t) <= 60 {
			return "the text " + t
		}
		return "a text"
	case bytesKind:
		return k.words()
	default:
		if t := cueText(x); len(t) <= 60 {
			return t
		}
		return k.words()
	}
}

// convert returns the hint for a value of the wrong type that nearly fits.
func (s *shape) convert(x ast.Expr) string {
	lit, ok := x.(*ast.BasicLit)
	if ok && lit.Kind == token.STRING {
		text, err := literal.Unquote(lit.Value)
		bare := &ast.BasicLit{Kind: token.INT, Value: strings.TrimSpace(text)}
		if _, num := number(bare); err == nil && num && (s.kind == intKind || s.kind == numberKind) && s.fit(bare) == nil {
			return fmt.Sprintf("write %s without quotes", bare.Value)
		}
		if s.kind == boolKind && (text == "true" || text == "false") {
			return fmt.Sprintf("write %s without quotes", text)
		}
	}
	if ok && s.kind == textKind && literalKind(x) == bytesKind {
		return "write it in double quotes"
	}
	if ok && s.kind == textKind && literalKind(x) == intKind {
		if better := s.mend(cueText(x)); better != "" {
			return fmt.Sprintf("did you mean %q?", better)
		}
	}
	quotable := ok && s.kind == textKind && literalKind(x) != nullKind
	if quoted := strconv.Quote(cueText(x)); quotable && s.fit(&ast.BasicLit{Kind: token.STRING, Value: quoted}) == nil {
		return "write it in quotes: " + quoted
	}
	if ok && s.kind == structKind && lit.Kind == token.TRUE && s.field("enabled") != nil {
		return "write {} to select it"
	}
	if ok && s.kind == structKind && lit.Kind == token.FALSE && s.field("enabled") != nil {
		return "write {enabled: false} to switch it off"
	}
	return ""
}

func unquoteAll(texts []string) []string {
	var out []string
	for _, t := range texts {
		if u, err := literal.Unquote(t); err == nil {
			out = append(out, u)
		}
	}
	return out
}
