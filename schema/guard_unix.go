//go:build unix

package schema

import (
	"syscall"
	"time"
)

// worked returns the processor time that the process has taken so far.
func worked() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return time.Since(began)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
