package app

import (
	"context"
	"io"
	"log/slog"
	"os"
)

func newLogger(w io.Writer, k kernelConfig) *slog.Logger {
	if w == nil {
		w = os.Stderr
	}
	levels := map[logLevel]slog.Level{
		logDebug: slog.LevelDebug, logInfo: slog.LevelInfo, logWarn: slog.LevelWarn, logError: slog.LevelError,
	}
	options := &slog.HandlerOptions{Level: levels[k.LogLevel]}
	if k.LogFormat == logText || k.LogFormat == logAuto && isTerminal(w) {
		return slog.New(requestLogger{slog.NewTextHandler(w, options)})
	}
	return slog.New(requestLogger{slog.NewJSONHandler(w, options)})
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// requestLogger adds the id of the request to what is logged on its behalf.
type requestLogger struct{ slog.Handler }

func (h requestLogger) Handle(ctx context.Context, r slog.Record) error {
	if request := requestOf(ctx); request != nil {
		r.AddAttrs(slog.String("request_id", request.id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h requestLogger) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLogger{h.Handler.WithAttrs(attrs)}
}

func (h requestLogger) WithGroup(name string) slog.Handler {
	return requestLogger{h.Handler.WithGroup(name)}
}
