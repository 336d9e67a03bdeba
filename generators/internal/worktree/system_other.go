//go:build !unix

package worktree

import (
	"errors"
	"io/fs"
	"syscall"
)

// errNotDir is what a path through a file fails with.
var errNotDir error = syscall.ENOTDIR

// notSameDevice is ERROR_NOT_SAME_DEVICE of Windows.
const notSameDevice = syscall.Errno(17)

func otherDevice(err error) bool { return errors.Is(err, notSameDevice) }

// noSync tells whether the system cannot sync what was opened for reading, such
// as a folder.
func noSync(err error) bool { return errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrInvalid) }
