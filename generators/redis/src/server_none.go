//go:build noembedded

package redis

import (
	"errors"
	"log/slog"
)

// server stands for the embedded one in programs that are built without it, as
// those in images are: there the server is a container of its own.
type server struct{}

func newServer(*slog.Logger, note) *server { return &server{} }

var errNone = errors.New("REDIS_URL is not set, and this program is built without an embedded server")

func (*server) address() (string, error) { return "", errNone }

func (*server) start() (string, error) { return "", errNone }

func (*server) stop() {}
