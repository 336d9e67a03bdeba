// Package migrations holds the changes to the database that are the
// application's own.
package migrations

import "embed"

// Files are the migrations. README.md says how to write one.
//
//go:embed *
var Files embed.FS
