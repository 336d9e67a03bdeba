package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Codes of errors, and the classes that some of them begin with. See appendix A
// of PostgreSQL's manual.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	diskFull             = "53100"
	tooManyConnections   = "53300"
	readOnlyTransaction  = "25006"
	noSuchDatabase       = "3D000"
	authorization        = "28"  // class
	operatorIntervention = "57P" // begins those of a server that stops or starts
)

func code(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return ""
}

// lasting says whether it is of no use to connect again.
func lasting(err error) bool {
	c := code(err)
	return strings.HasPrefix(c, authorization) || c == noSuchDatabase
}

// Retryable knows the errors of transactions that lost against others.
func (*Engine) Retryable(err error) bool {
	c := code(err)
	return c == serializationFailure || c == deadlockDetected
}

// Explain knows what happens to servers.
func (*Engine) Explain(err error) string {
	switch c := code(err); {
	case c == diskFull:
		return "the disk of the server is full"
	case c == tooManyConnections:
		return "the server has no connection to spare"
	case c == readOnlyTransaction:
		return "the server can only be read"
	case c == noSuchDatabase:
		return "the server has no such database: create it"
	case strings.HasPrefix(c, authorization):
		return "the server refuses the user or the password"
	case strings.HasPrefix(c, operatorIntervention):
		return "the server stops, or has not started yet"
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "" // somebody has stopped waiting, and cut the connection for it
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return "the server cannot be reached"
	}
	if _, ok := errors.AsType[*net.OpError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) {
		return "the connection to the server broke"
	}
	return ""
}
