package redis

import (
	"fmt"
	"log/slog"
)

// logger passes on what the library has to say.
type logger struct{ log *slog.Logger }

func (l logger) Debug(args ...any) { l.log.Debug("asynq", "message", fmt.Sprint(args...)) }
func (l logger) Info(args ...any)  { l.log.Info("asynq", "message", fmt.Sprint(args...)) }
func (l logger) Warn(args ...any)  { l.log.Warn("asynq", "message", fmt.Sprint(args...)) }
func (l logger) Error(args ...any) { l.log.Error("asynq", "message", fmt.Sprint(args...)) }
func (l logger) Fatal(args ...any) { l.log.Error("asynq", "message", fmt.Sprint(args...)) }
