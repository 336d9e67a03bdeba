package schema

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
)

// expressionWords explains why an expression has no value. It returns nil for
// what follows from a mistake that is already reported.
func (p *peeler) expressionWords(g *errorGroup, spots []*spot) *misfit {
	switch {
	case g.has(notFound[0]), g.has(notFound[1]), g.has(notFound[2]):
		return p.undefined(g.name(notFound...), spots[0])
	case g.says("undefined field"), g.has("field not found"):
		m := &misfit{code: CodeUndefined, message: "refers to a field that does not exist"}
		if name := g.quoted("undefined field: "); name != "" {
			m.message = fmt.Sprintf("refers to a field %q, which does not exist", name)
		}
		return m
	case g.has("cannot call non-function"):
		name := g.name("cannot call non-function")
		if pkg, _, ok := strings.Cut(name, "."); ok && p.missing[pkg] {
			return nil
		}
		return &misfit{code: CodeExpression, message: name + " is not a function"}
	case g.says("cycle"), g.says("cyclic"):
		return &misfit{code: CodeExpression, message: "the value depends on itself", hint: "give it a value that does not refer back to it"}
	case g.says("division by zero"):
		return &misfit{code: CodeExpression, message: "divides by zero"}
	case g.has("unreferenced alias or let clause"):
		name := g.name("unreferenced")
		if !spots[0].isLet {
			message, hint := colonWords(name)
			if spots[0].name != name { // C=cache: {}
				message, hint = fmt.Sprintf("the alias %q is not used", name), fmt.Sprintf("delete %s=; for a field, %s", name, hint)
			}
			return &misfit{code: CodeSyntax, message: message, hint: hint}
		}
		return &misfit{code: CodeExpression, message: fmt.Sprintf("%q is not used", name), hint: "delete it"}
	case g.has("explicit error"):
		return &misfit{code: CodeExpression, message: "is marked as an error", hint: "write a value"}
	case g.has("invalid operands"):
		if a := g.args("invalid operands"); len(a) >= 3 {
			return &misfit{code: CodeExpression, message: fmt.Sprintf("%s and %s cannot be combined with %s", a[0], a[1], a[2])}
		}
	case g.has("cannot use %s (type %s) as type %s"):
		a := g.args("cannot use")
		return &misfit{code: CodeType, message: fmt.Sprintf("%s is used where a value of the type %s is needed", a[0], a[2])}
	case len(g.errs) == 1 && g.has("conflicting values %s and %s"):
		if len(g.path) == 0 && spots[0].value == nil { // the schema is one of the two
			return &misfit{code: CodeType, message: "a manifest consists of fields, and this is none", hint: `write fields such as name: "shop"`}
		}
		a := g.args("conflicting values")
		m := &misfit{code: CodeConflict, message: fmt.Sprintf("%s and %s contradict each other", a[0], a[1]), hint: "delete one of the two"}
		if len(p.userPositions(g)) == 1 {
			m.hint = schemasOwn
		}
		return m
	case g.has("incompatible list lengths"):
		return &misfit{code: CodeConflict, message: "is a list of another length than that of the schema", hint: schemasOwn}
	case g.says("incomplete bool"):
		return &misfit{code: CodeIncomplete, message: "has no definite value yet", hint: "give it true or false"}
	case g.has("conflicting values"), g.has("mismatched types"), g.has("out of bound"), g.has("empty disjunction"):
		return &misfit{code: CodeType}
	}
	format, args := g.errs[0].Msg()
	return &misfit{code: CodeExpression, message: "has no value: " + plainWords(format, args)}
}

// schemasOwn is the way out of what the schema has decided.
const schemasOwn = "delete it: the schema says already what it is"

// notFound are the forms of what CUE says of a name that is not defined.
var notFound = []string{"reference %q not found", "import %q not found", "predeclared name %q not found"}

// undefined explains a name that nothing in the manifest has.
func (p *peeler) undefined(name string, s *spot) *misfit {
	if p.missing[name] {
		return nil
	}
	m := &misfit{code: CodeUndefined, message: fmt.Sprintf("%q is not defined", name)}
	lib := slices.IndexFunc(standardLibrary, func(lib string) bool { return path.Base(lib) == name })
	near := closest(name, p.ix.names())
	if s.path != nil && slices.ContainsFunc(p.eval.payloads, func(pl place) bool { return pl.matches(s.path) }) {
		near = cmp.Or(closest(name, []string{"string", "int", "float", "number", "bool"}), near)
	}
	switch {
	case near != "":
		m.hint = fmt.Sprintf("did you mean %s?", near)
	case lib >= 0:
		m.hint = fmt.Sprintf("add import %q at the top of the file", standardLibrary[lib])
	case p.root.field(name) != nil:
		m.hint = fmt.Sprintf("to refer to it, add \"%s: _\" at the top of the manifest", name)
	default:
		m.hint = "a text needs quotes: " + strconv.Quote(cmp.Or(p.word(s.value), name))
	}
	return m
}

// word returns the text of an expression that looks like a text without its
// quotes: shop-api, example.com/shop.
func (p *peeler) word(x ast.Expr) string {
	if x == nil {
		return ""
	}
	for _, f := range p.files {
		if f.name == x.Pos().Filename() {
			if text := string(f.text[x.Pos().Offset():x.End().Offset()]); bareWord.MatchString(text) {
				return text
			}
		}
	}
	return ""
}

var bareWord = regexp.MustCompile(`^[A-Za-z0-9./_-]+$`)

// quoted returns what follows a phrase in one of the messages, up to the end
// of the name.
func (g *errorGroup) quoted(phrase string) string {
	for _, e := range g.errs {
		if _, rest, ok := strings.Cut(e.Error(), phrase); ok {
			name, _, _ := strings.Cut(rest, " ")
			return strings.Trim(name, `":`)
		}
	}
	return ""
}

// message returns what an error of CUE's says, without its position and path.
func message(e errors.Error) string {
	format, args := e.Msg()
	return fmt.Sprintf(format, args...)
}

// plainWords takes the evaluator's own terms out of a message.
func plainWords(format string, args []any) string {
	msg, _, _ := strings.Cut(fmt.Sprintf(format, args...), "\n")
	return terms.Replace(strings.TrimSuffix(msg, ":"))
}

var terms = strings.NewReplacer(
	"empty disjunction", "choice", "disjunction", "choice", "conjunct", "part", "structural", "own",
	"_|_", "error", "bottom", "error", "incomplete", "unfinished", "non-concrete", "unfinished", "concrete", "definite",
)

// syntaxWords puts the parser's messages into words that do not speak of its
// insides. line is the text of the line where it stumbled.
func syntaxWords(msg, line string) (message, hint string) {
	word := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(word, "# "), strings.HasPrefix(word, "/*"):
		return "this is no field", "a comment begins with //"
	case strings.HasPrefix(word, "import ") && strings.HasPrefix(msg, "expected label"):
		return "an import stands before all fields", "move it to the top of the file"
	case strings.HasPrefix(word, "package ") && strings.HasPrefix(msg, "expected label"):
		return "the package clause stands before everything else", "move it to the top of the file"
	case strings.HasPrefix(msg, "expected label or ':'"):
		if equalsSign(word) > 0 {
			name, _, _ := strings.Cut(word, "=")
			return colonWords(strings.TrimSpace(name))
		}
		return "a field is written with a colon after its name", ""
	case strings.HasPrefix(msg, "expected 'EOF', found"):
		_, found, _ := strings.Cut(msg, "found ")
		return fmt.Sprintf("there is a %s too many", strings.Trim(found, "'")), "delete it"
	case msg == "string literal not terminated":
		return "the text is not closed", `put a " at its end`
	case strings.HasSuffix(msg, "found 'EOF'"):
		want, _, _ := strings.Cut(strings.TrimPrefix(msg, "expected "), ",")
		switch want {
		case "'}'":
			return "the file ends before a brace is closed", "add the missing }"
		case "']'":
			return "the file ends before a bracket is closed", "add the missing ]"
		case "')'":
			return "the file ends before a parenthesis is closed", "add the missing )"
		}
		return "the file ends in the middle of a field", ""
	case strings.HasPrefix(msg, "missing ','"):
		return "a comma or a new line is missing", ""
	case strings.HasPrefix(msg, "expected operand"):
		msg = strings.Replace(msg, "operand", "a value", 1)
	}
	return tokens.Replace(msg), ""
}

// equalsSign returns the column of the sign in a line such as "name = value",
// or 0.
func equalsSign(line string) int {
	name, value, ok := strings.Cut(line, "=")
	if !ok || !ast.IsValidIdent(strings.TrimSpace(name)) || strings.HasPrefix(value, "~") {
		return 0
	}
	return len(name) + 1
}

func colonWords(name string) (message, hint string) {
	return "a field is written with a colon", fmt.Sprintf("write %s: instead of %s =", name, name)
}

// tokens replaces the parser's names of kinds of tokens.
var tokens = strings.NewReplacer(
	"found 'EOF'", "found the end of the file", "found 'STRING' ", "found ", "found 'INT' ", "found ", "found 'FLOAT' ", "found ",
	"found 'IDENT' ", "found ", "found 'NULL' ", "found ", "found 'TRUE' ", "found ", "found 'FALSE' ", "found ", "found newline", "found the end of the line",
)
