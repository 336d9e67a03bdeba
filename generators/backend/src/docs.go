package backend

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/swaggest/swgui/v5/static"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

//go:embed assets
var assets embed.FS

// Swagger UI sets styles on elements, which the policy of the other pages
// forbids. Scripts still come from here alone.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs serves the OpenAPI document and a page that shows it, without any other
// host.
func (c *Component) docs(r *app.Routes) {
	spec := sync.OnceValue(func() []byte {
		text, err := json.Marshal(r.API.OpenAPI()) // once all components have registered
		if err != nil {
			panic("backend: " + err.Error())
		}
		return text
	})
	r.HandlePublic("GET /openapi.json", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		serve(w, r, spec())
	}))

	page := &file{fsys: assets, path: "assets/docs.html", media: "text/html; charset=utf-8"}
	r.HandlePublic("GET /docs", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		page.ServeHTTP(w, r)
	}))
	const script, styles = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
	r.HandlePublic("GET /docs/docs.js", &file{fsys: assets, path: "assets/docs.js", media: script})
	r.HandlePublic("GET /docs/docs.css", &file{fsys: assets, path: "assets/docs.css", media: styles})
	r.HandlePublic("GET /docs/favicon-32x32.png", &file{fsys: static.FS, path: "favicon-32x32.png", media: "image/png"})
	r.HandlePublic("GET /docs/swagger-ui.css", &file{fsys: static.FS, path: "swagger-ui.css.gz", media: styles})
	r.HandlePublic("GET /docs/swagger-ui-bundle.js", &file{fsys: static.FS, path: "swagger-ui-bundle.js.gz", media: script})
}

// file serves one embedded file. One that ends in .gz travels compressed, or
// is unpacked for clients that cannot.
type file struct {
	fsys  fs.FS
	path  string
	media string // its type
}

func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := fs.ReadFile(f.fsys, f.path)
	if err != nil {
		panic("backend: " + err.Error()) // it is embedded
	}
	h := w.Header()
	h.Set("Content-Type", f.media)
	if !strings.HasSuffix(f.path, ".gz") {
		serve(w, r, text)
		return
	}
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		serve(w, r, text)
		return
	}
	plain, err := unpack(text)
	if err != nil {
		panic("backend: " + err.Error())
	}
	serve(w, r, plain)
}

func unpack(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// serve answers with text, or says that the client has it already.
func serve(w http.ResponseWriter, r *http.Request, text []byte) {
	sum := sha256.Sum256(text)
	h := w.Header()
	h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}
