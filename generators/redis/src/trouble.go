package redis

import (
	"context"
	"errors"
	"net"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// trouble is a hook of the clients that tells the application when the server
// could not do what a request needs.
type trouble struct{}

var _ goredis.Hook = trouble{}

// DialHook changes nothing: the command fails that needs the connection.
func (trouble) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook looks at what comes of a command.
func (trouble) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		err := next(ctx, cmd)
		if isTrouble(err) {
			app.NoteUnavailable(ctx)
		}
		return err
	}
}

// ProcessPipelineHook looks at what comes of several commands.
func (trouble) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		err := next(ctx, cmds)
		if isTrouble(err) {
			app.NoteUnavailable(ctx)
		}
		return err
	}
}

// isTrouble says whether err is about the server, and not about the command: it
// cannot be reached, or refuses everything for now.
func isTrouble(err error) bool {
	if err == nil || errors.Is(err, goredis.Nil) || errors.Is(err, context.Canceled) {
		return false
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, replied := errors.AsType[goredis.Error](err); !replied {
		return true // a broken connection, or none to be had
	}
	for _, is := range []func(error) bool{
		goredis.IsLoadingError, goredis.IsReadOnlyError, goredis.IsMasterDownError, goredis.IsClusterDownError,
		goredis.IsTryAgainError, goredis.IsMaxClientsError, goredis.IsOOMError,
	} {
		if is(err) {
			return true
		}
	}
	return false
}
