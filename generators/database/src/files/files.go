// Package files writes files so that they survive a loss of power, and never
// shows a half of one.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Checksum returns the SHA-256 of the file's content, in hexadecimal.
func Checksum(path string) (_ string, err error) {
	f, err := os.Open(path) //nolint:gosec // the caller names the file
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Copy writes the content of one file to another, as far as the disk.
func Copy(from, to string) (err error) {
	source, err := os.Open(from) //nolint:gosec // the caller names the file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the caller names the file
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	if err == nil {
		err = target.Sync()
	}
	if err = errors.Join(err, target.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// Write writes a small file: all of it, or nothing.
func Write(path string, content []byte) error {
	next := path + ".tmp"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return Replace(path, next)
}

// Replace puts the file next in the place of the one at path. Whatever happens,
// one of them is there, and whole.
func Replace(path, next string) error {
	if err := sync(next); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func sync(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the caller names the file
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
