package health

import (
	"regexp"
	"strings"
)

const redacted = "[redacted]"

var (
	// Greedy up to the last @ of a word: the password of a broken URL may
	// itself hold slashes and signs, and such a URL is just what errors quote.
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>]*@`)
	// The other way to write a connection: host=db password=secret.
	keyValue = regexp.MustCompile(`(?i)\b([a-z_-]*(?:password|passwd|pwd|secret|token|api_?key))(\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&;,]+)`)
)

// redactor removes credentials from texts: those that look like some, and the
// values that are known to be secret.
type redactor struct{ secrets *strings.Replacer }

func newRedactor(secrets []string) redactor {
	var pairs []string
	for _, s := range secrets {
		if s != "" {
			pairs = append(pairs, s, redacted)
		}
	}
	return redactor{secrets: strings.NewReplacer(pairs...)}
}

func (r redactor) text(s string) string {
	if s == "" {
		return s
	}
	s = r.secrets.Replace(s)
	s = userinfo.ReplaceAllString(s, "${1}"+redacted+"@")
	return keyValue.ReplaceAllString(s, "${1}${2}"+redacted)
}
