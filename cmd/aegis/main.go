// Command aegis generates a complete Go application from a manifest, and keeps
// it in step with the manifest from then on.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
