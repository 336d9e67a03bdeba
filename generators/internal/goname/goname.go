// Package goname makes names of Go from the keys of a manifest.
package goname

import (
	"slices"
	"strings"
	"unicode"
)

// initialisms are written in capitals, as linters for Go want them.
var initialisms = strings.Fields(`acl api ascii cpu css dns eof guid html http https id ip json lhs qps ram
	rhs rpc sla smtp sql ssh tcp tls ttl udp ui uid uri url utf8 uuid vm xml xmpp xsrf xss`)

// Exported returns the exported name of a key such as "send_url" or "sendUrl":
// "SendURL".
func Exported(key string) string {
	var name strings.Builder
	for _, word := range words(key) {
		if slices.Contains(initialisms, strings.ToLower(word)) {
			name.WriteString(strings.ToUpper(word))
		} else {
			name.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return name.String()
}

// words splits a key at underscores, and where a capital follows a small letter.
func words(key string) []string {
	var words []string
	for part := range strings.SplitSeq(key, "_") {
		start := 0
		for i := 1; i < len(part); i++ {
			if unicode.IsUpper(rune(part[i])) && !unicode.IsUpper(rune(part[i-1])) {
				words = append(words, part[start:i])
				start = i
			}
		}
		if part != "" {
			words = append(words, part[start:])
		}
	}
	return words
}
