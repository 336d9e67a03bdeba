package frontend

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that browsers keep for good: its name changes with its content.
type asset struct {
	path    string // "/assets/dashboard.3f2a9c81d0b7.css"
	content []byte
	kind    string
}

var (
	styleSheet = newAsset("dashboard.css", "text/css; charset=utf-8")
	liveScript = newAsset("live.js", "text/javascript; charset=utf-8")
	favicon    = newAsset("favicon.svg", "image/svg+xml")
)

func newAsset(name, kind string) asset {
	content, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic("frontend: " + err.Error())
	}
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return asset{
		path:    "/assets/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		content: content,
		kind:    kind,
	}
}

// ServeHTTP answers with the file. Whoever has it already gets 304.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", a.kind)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Etag", `"`+path.Base(a.path)+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}
