package schema

import (
	"fmt"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// What evaluating a manifest may cost; an honest one with thousands of entries
// takes a fraction of either. Time is that of the processor, so that a busy machine
// refuses nothing which an idle one takes. What it does cost is looked at every few
// milliseconds, so that for a moment a single value may take more memory
// before it is noticed.
const (
	MaxTime   = 5 * time.Second
	MaxMemory = 1 << 30 // bytes
)

// maxTime is MaxTime, except in tests.
var maxTime = MaxTime

// began is when the process did.
var began = time.Now()

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
	resume := pauseCollector()
	base, start, before := memoryInUse(), time.Now(), worked()
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				d := limitDiagnostic(name, CodeInternal, fmt.Sprintf("the evaluator failed on this manifest: %v", p))
				d.Hint = "this is a fault of Aegis or of CUE, not yours; please report it with the manifest"
				r = result{err: gather([]*Diagnostic{d})}
			}
			resume()
			done <- r
		}()
		r.value, r.err = work()
	}()

	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case r := <-done:
			return r.value, r.err
		case <-look.C:
		}
		used := memoryInUse()
		used -= min(base, used) // what was there before may be given back
		var d *Diagnostic
		switch {
		case time.Since(start) > maxTime && worked()-before > maxTime: // others in this process work, too
			d = limitDiagnostic(name, CodeTooMuchWork, fmt.Sprintf("evaluating the manifest takes longer than %s", maxTime))
		case used > MaxMemory:
			d = limitDiagnostic(name, CodeTooMuchWork, fmt.Sprintf("evaluating the manifest takes more than %d MiB of memory", MaxMemory>>20))
		case used > MaxMemory/2:
			resume()
			continue
		default:
			continue
		}
		d.Hint = "look for a text, list or struct that doubles itself, or for loops inside loops"
		// A process that goes on after this needs its collector back, but one
		// that is about to end must not wait for it.
		time.AfterFunc(time.Second, resume)
		var zero T
		return zero, gather([]*Diagnostic{d})
	}
}

func limitDiagnostic(name string, code Code, message string) *Diagnostic {
	return &Diagnostic{File: name, Line: 1, Column: 1, Code: code, Severity: Error, Message: message}
}

// memoryInUse returns the bytes that the process has from the system.
func memoryInUse() uint64 {
	m := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(m)
	return m[0].Value.Uint64() - m[1].Value.Uint64()
}

// collector counts who wants the garbage collector to rest.
var collector struct {
	sync.Mutex
	resting int
	percent int   // its settings before
	limit   int64 // bytes
}

// pauseCollector lets the garbage collector rest until resume is called. To
// stop the world it waits for every goroutine, and so for one that fills
// gigabytes in a single step, and all that time nobody could watch. A small
// evaluation is faster without it, too.
func pauseCollector() (resume func()) {
	collector.Lock()
	defer collector.Unlock()
	if collector.resting++; collector.resting == 1 {
		collector.percent = debug.SetGCPercent(-1)
		// A limit would have it run all the same.
		collector.limit = debug.SetMemoryLimit(math.MaxInt64)
	}
	return sync.OnceFunc(func() {
		collector.Lock()
		defer collector.Unlock()
		if collector.resting--; collector.resting == 0 {
			debug.SetGCPercent(collector.percent)
			debug.SetMemoryLimit(collector.limit)
		}
	})
}
