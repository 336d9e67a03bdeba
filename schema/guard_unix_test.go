//go:build unix

package schema_test

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory returns the most that a process had in memory, in bytes.
func peakMemory(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(usage.Maxrss) //nolint:unconvert // not an int64 everywhere
	if runtime.GOOS == "darwin" {
		return peak
	}
	return peak << 10
}
