package postgres

import (
	"net/url"
	"slices"
	"strings"
)

// understood are the parameters of a URL that PostgreSQL's own programs know
// besides us.
var understood = []string{
	"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "options",
	"target_session_attrs", "krbsrvname", "gssencmode", "channel_binding", "host", "port", "user", "dbname",
}

// forPrograms returns the URL for PostgreSQL's own programs, and the variables
// that hold the secret part of it: what others are called with can be seen by
// everybody on the machine.
func forPrograms(address string) (dsn string, environ []string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, err
	}
	if password, ok := u.User.Password(); ok {
		environ = append(environ, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	all, kept := u.Query(), url.Values{}
	for name, values := range all {
		switch {
		case name == "password":
			environ = append(environ, "PGPASSWORD="+values[0])
		case name == "search_path":
			kept.Add("options", "-csearch_path="+values[0])
		case slices.Contains(understood, name):
			kept[name] = values
		}
	}
	// In a URL's query of theirs a plus is a plus.
	u.RawQuery = spaces.Replace(kept.Encode())
	return u.String(), environ, nil
}

var spaces = strings.NewReplacer("+", "%20")
