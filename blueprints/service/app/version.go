package app

import (
	"runtime"
	"runtime/debug"
)

// What the linker sets, as in -ldflags "-X <module>/internal/app.version=v1.2.3".
var version, commit, committed string

// Build says what is running.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"` // of the commit
	Modified bool   `json:"modified"`       // built from more than the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// ReadBuild tells from the linker's stamp or, without one, from what the Go
// command recorded.
func ReadBuild() Build {
	b := Build{Version: version, Commit: commit, Time: committed, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		if b.Version == "" {
			b.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = s.Value
			case "vcs.time":
				b.Time = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	return b
}
