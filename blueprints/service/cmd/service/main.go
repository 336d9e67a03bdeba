// Package main is the application: run it with --help to see what it does.
package main

import (
	"os"

	"github.com/aegis-stack/aegis/generators/cli/src"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Program{Name: name, Defaults: defaults, Components: components, Own: own}))
}
