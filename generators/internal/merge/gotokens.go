package merge

import (
	"bytes"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// source is a Go file, or a part of one, in lines and in what they mean.
type source struct {
	lines [][]byte
	// keys holds the tokens of each line, without the space between them. The
	// lines of a raw string are kept as they are. A blank line has none.
	keys []string
	// long tells of each line whether a token that has several is on it.
	long []bool
	// flow is the tokens that are left when it does not matter where lines
	// are broken, nor which of two spellings gofmt and gofumpt turn into one
	// another is used.
	flow []lexeme
}

// lexeme is a token of a flow, and the lines it lies on.
type lexeme struct {
	text        string
	first, last int
}

// read scans text. It is false if that does not consist of Go tokens; then only
// the flow is of use, as far as it goes.
func read(text []byte) (source, bool) {
	src := source{lines: splitLines(text)}
	src.keys = make([]string, len(src.lines))
	src.long = make([]bool, len(src.lines))
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(text))
	good := true
	var s scanner.Scanner
	s.Init(file, text, func(token.Position, string) { good = false }, scanner.ScanComments)
	var tokens []scanned
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		// Not file.Line, which believes //line directives.
		line := file.PositionFor(pos, false).Line - 1
		if line == len(src.lines) {
			line-- // the semicolon that the end of the file implies
		}
		t := scanned{lexeme{spelling(tok, lit), line, line}, tok}
		if tok != token.SEMICOLON || lit != "\n" { // a line end is no part of its line
			t.last += strings.Count(lit, "\n")
			if good {
				src.addKey(t)
			}
		}
		tokens = append(tokens, t)
	}
	src.flow = flow(tokens)
	return src, good
}

// scanned is a token as it stands in the text.
type scanned struct {
	lexeme

	tok token.Token
}

func (s *source) addKey(t scanned) {
	for i, part := range strings.Split(t.text, "\n") {
		line := t.first + i
		s.long[line] = s.long[line] || t.first < t.last
		switch {
		case t.first == t.last:
			s.keys[line] += part + " "
		case t.tok == token.COMMENT:
			s.keys[line] += "/*" + strings.TrimSpace(part)
		default:
			s.keys[line] += "`" + part
		}
	}
}

var (
	// directive is a comment that tools read: no space may get into it.
	directive = regexp.MustCompile(`^//([a-z0-9]+:[a-z0-9]|line |export |extern |nolint)`)
	oldOctal  = regexp.MustCompile(`^0[0-7_]+$`)
)

// spelling is the text of a token, the same for all that mean the same.
func spelling(tok token.Token, lit string) string {
	switch {
	case tok == token.SEMICOLON:
		return ";"
	case tok == token.COMMENT && strings.HasPrefix(lit, "//"):
		if directive.MatchString(lit) {
			return strings.TrimRight(lit, " \t\r")
		}
		return "// " + strings.Join(strings.Fields(lit[2:]), " ")
	case tok == token.INT && oldOctal.MatchString(lit):
		return "0o" + lit[1:]
	case lit == "":
		return tok.String()
	}
	return lit
}

// flow drops what only line breaks ask for, a comma or semicolon before a
// closing bracket, and writes `var x = 1` as `x := 1`.
func flow(tokens []scanned) []lexeme {
	lexemes := make([]lexeme, 0, len(tokens))
	for i, t := range tokens {
		after := following(tokens[i+1:])
		switch {
		case t.tok == token.COMMA && (after == token.RPAREN || after == token.RBRACK || after == token.RBRACE),
			t.tok == token.SEMICOLON && (after == token.RPAREN || after == token.RBRACE):
			continue
		case t.tok == token.VAR && len(tokens) > i+2 && tokens[i+1].tok == token.IDENT && tokens[i+2].tok == token.ASSIGN:
			continue
		case t.tok == token.ASSIGN && i > 1 && tokens[i-1].tok == token.IDENT && tokens[i-2].tok == token.VAR:
			t.text = token.DEFINE.String()
		}
		lexemes = append(lexemes, t.lexeme)
	}
	return lexemes
}

// following is the first token that is not a comment.
func following(tokens []scanned) token.Token {
	for _, t := range tokens {
		if t.tok != token.COMMENT {
			return t.tok
		}
	}
	return token.EOF
}

// sameMeaning reports whether two parts of Go files differ in formatting only.
// Neither may hold a part of a token that has several lines.
func sameMeaning(a, b [][]byte) bool {
	left, ok := read(bytes.Join(a, nil))
	if !ok {
		return false
	}
	right, ok := read(bytes.Join(b, nil))
	if !ok || len(left.flow) != len(right.flow) {
		return false
	}
	for i := range left.flow {
		if left.flow[i].text != right.flow[i].text {
			return false
		}
	}
	return true
}
