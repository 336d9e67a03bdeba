package jobs

import "context"

// Tock writes its name down.
func (j *Jobs) Tock(context.Context) error { return write("tock") }
