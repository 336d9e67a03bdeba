package app

import (
	"context"
	"io"
	"log/slog"
	"os"
)

// openLog makes the loggers. Only in files and pipes are lines written together: somebody
// looks at a terminal, and a test at what it handed in.
func (a *App) openLog(w io.Writer) {
	if w == nil {
		w = os.Stderr
	}
	f, ok := w.(*os.File)
	terminal := ok && isTerminal(f)
	if !ok || terminal {
		a.Log = newLogger(w, a.kernel, terminal)
		a.RequestLog = a.Log
		return
	}
	l := &lines{w: w}
	a.Log = newLogger(l, a.kernel, false)
	a.RequestLog = newLogger(requestLines{l}, a.kernel, false)
}

func newLogger(w io.Writer, k kernelConfig, terminal bool) *slog.Logger {
	levels := map[logLevel]slog.Level{
		logDebug: slog.LevelDebug, logInfo: slog.LevelInfo, logWarn: slog.LevelWarn, logError: slog.LevelError,
	}
	options := &slog.HandlerOptions{Level: levels[k.LogLevel]}
	if k.LogFormat == logText || k.LogFormat == logAuto && terminal {
		return slog.New(requestLogger{slog.NewTextHandler(w, options)})
	}
	return slog.New(requestLogger{slog.NewJSONHandler(w, options)})
}

func isTerminal(f *os.File) bool {
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
