//go:build !unix

package schema

import "time"

// worked returns how long the process runs, where it is not known for how much of
// that time it had a processor.
func worked() time.Duration { return time.Since(began) }
