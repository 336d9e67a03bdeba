package jobs

import (
	"context"
	"os"
)

// Tick writes its name down.
func (j *Jobs) Tick(context.Context) error { return write("tick") }

func write(name string) error {
	log, err := os.OpenFile(os.Getenv("WRITTEN"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := log.WriteString(name + "\n"); err != nil {
		return err
	}
	return log.Close()
}
