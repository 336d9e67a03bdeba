package sqlite

import (
	"errors"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func join(errs ...error) error { return errors.Join(errs...) }

const locked = "the database is locked by another process that writes"

// Retryable is always false: a transaction has the lock when it begins.
func (*Engine) Retryable(error) bool { return false }

// Explain knows what happens to files.
func (*Engine) Explain(err error) string {
	switch code(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return locked
	case sqlite3.SQLITE_FULL:
		return "the disk is full"
	case sqlite3.SQLITE_READONLY:
		return "the database can only be read: check the owner of its file and folder"
	case sqlite3.SQLITE_CANTOPEN:
		return "the file of the database cannot be opened: check its folder"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "the file of the database is damaged: restore a backup"
	case sqlite3.SQLITE_IOERR:
		return "the disk fails"
	default:
		return ""
	}
}

// code is SQLite's own for err, without what extends it; SQLITE_OK if it has none.
func code(err error) int {
	failure, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return sqlite3.SQLITE_OK
	}
	return failure.Code() & 0xff
}

// isBusy says whether another process has what err lacks.
func isBusy(err error) bool { return code(err) == sqlite3.SQLITE_BUSY }
