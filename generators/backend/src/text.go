package backend

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// ErrNUL refuses the character NUL, which databases do not keep in a text, so that
// no operation takes it for a failure of its own.
var ErrNUL = errors.New("the character NUL is not possible in a text")

// refuseNUL refuses addresses with that character.
func refuseNUL(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "\x00") || strings.Contains(r.URL.RawQuery, "%00") {
			problem(w, http.StatusBadRequest, ErrNUL.Error())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// formats are those of bodies, with JSON whose texts are without that character.
func formats() map[string]huma.Format {
	format := huma.DefaultJSONFormat
	format.Unmarshal = func(data []byte, v any) error {
		if escapesNUL(data) {
			return ErrNUL
		}
		return json.Unmarshal(data, v)
	}
	all := maps.Clone(huma.DefaultFormats)
	all["application/json"], all["json"] = format, format
	return all
}

// escapesNUL says whether JSON has the character, which it can only escape.
func escapesNUL(data []byte) bool {
	for {
		i := bytes.IndexByte(data, '\\')
		if i < 0 || i+1 == len(data) {
			return false
		}
		if bytes.HasPrefix(data[i:], []byte(`\u0000`)) {
			return true
		}
		data = data[i+2:] // what is escaped may be a backslash
	}
}
