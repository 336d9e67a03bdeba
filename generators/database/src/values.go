package database

import (
	"regexp"
	"strings"
)

// longestQuery is how much of a query is logged.
const longestQuery = 500

// literal is a value in the text of a query: a string with doubled quotes, also
// one of bytes or with escapes, or between dollars, or a number. Quoted names
// are matched as well, to tell what is in them from values.
var literal = regexp.MustCompile(`(?s)"(?:[^"]|"")*"|\b[eE]'(?:[^'\\]|''|\\.)*'?|\b[xXbB]?'(?:[^']|'')*'?|'(?:[^']|'')*'?|\$\$.*?(?:\$\$|$)|\b\d[\w.+]*`)

// withoutValues returns the query with a ? in the place of each value: those are
// data, and do not belong into logs.
func withoutValues(query string) string {
	query = literal.ReplaceAllStringFunc(query, func(found string) string {
		if found[0] == '"' {
			return found
		}
		return "?"
	})
	query = strings.Join(strings.Fields(query), " ")
	if len(query) > longestQuery {
		query = strings.ToValidUTF8(query[:longestQuery], "") + " …"
	}
	return query
}
