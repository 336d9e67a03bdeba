//go:build ignore

// This program writes list_gen.go.
package main

import (
	"log"
	"os"

	"github.com/aegis-stack/aegis/generators/internal/registry"
)

func main() {
	log.SetFlags(0)
	components, err := registry.Components(os.DirFS(".."))
	if err != nil {
		log.Fatal(err)
	}
	source, err := registry.Source(components)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("list_gen.go", source, 0o644); err != nil {
		log.Fatal(err)
	}
}
