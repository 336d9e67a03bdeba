//go:build !windows

package files

import (
	"errors"
	"os"
)

// syncFolder makes the names in a folder survive.
func syncFolder(path string) error {
	f, err := os.Open(path) //nolint:gosec // the caller names the folder
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
