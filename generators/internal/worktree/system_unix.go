//go:build unix

package worktree

import (
	"errors"
	"syscall"
)

// errNotDir is what a path through a file fails with.
var errNotDir error = syscall.ENOTDIR

func otherDevice(err error) bool { return errors.Is(err, syscall.EXDEV) }

// noSync tells whether the file system has nothing to wait for.
func noSync(err error) bool { return errors.Is(err, syscall.EINVAL) }
