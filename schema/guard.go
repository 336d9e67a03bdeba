package schema

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What evaluating a manifest may cost. An honest manifest with ten thousand
// entries takes a fraction of either.
const (
	MaxTime   = 5 * time.Second
	MaxMemory = 1 << 30 // bytes of the whole process
)

// bounded runs work and waits for its result, but no longer than the limits
// allow. The evaluator cannot be cancelled: what has gone beyond its limits
// keeps running until the process ends, so the caller should report the
// diagnostic and exit. name is the file to blame.
func bounded[T any](name string, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r = result{err: gather([]*Diagnostic{{
					File: name, Line: 1, Column: 1, Code: CodeInternal, Severity: Error,
					Message: fmt.Sprintf("the evaluator failed on this manifest: %v", p),
					Hint:    "this is a fault of Aegis or of CUE, not yours; please report it with the manifest",
				}})}
			}
			done <- r
		}()
		r.value, r.err = work()
	}()

	start := time.Now()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	memory := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for {
		select {
		case r := <-done:
			return r.value, r.err
		case <-look.C:
			metrics.Read(memory)
			used := memory[0].Value.Uint64() - memory[1].Value.Uint64()
			var what string
			switch {
			case time.Since(start) > MaxTime:
				what = fmt.Sprintf("evaluating the manifest takes longer than %s", MaxTime)
			case used > MaxMemory:
				what = fmt.Sprintf("evaluating the manifest takes more than %d MiB of memory", MaxMemory>>20)
			default:
				continue
			}
			// Slows the abandoned work down to the pace of the collector
			// instead of letting it take what the machine has.
			debug.SetMemoryLimit(MaxMemory)
			var zero T
			return zero, gather([]*Diagnostic{{
				File: name, Line: 1, Column: 1, Code: CodeTooMuchWork, Severity: Error,
				Message: what,
				Hint:    "look for a text, list or struct that doubles itself, or for loops inside loops",
			}})
		}
	}
}
