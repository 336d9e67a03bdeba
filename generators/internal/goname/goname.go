// Package goname makes names of Go from the keys of a manifest.
package goname

import (
	"slices"
	"strings"
)

// initialisms are written in capitals, as linters for Go want them.
var initialisms = strings.Fields(`acl api ascii cpu css dns eof guid html http https id ip json lhs qps ram
	rhs rpc sla smtp sql ssh tcp tls ttl udp ui uid uri url utf8 uuid vm xml xmpp xsrf xss`)

// Exported returns the exported name of a key such as "send_url": "SendURL".
func Exported(key string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(key, "_") {
		switch {
		case slices.Contains(initialisms, word):
			name.WriteString(strings.ToUpper(word))
		case word != "":
			name.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return name.String()
}
