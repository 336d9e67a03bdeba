package memory_test

import (
	"testing"

	"github.com/aegis-stack/aegis/generators/cache/src/storetest"
)

func BenchmarkGet(b *testing.B) { storetest.Benchmark(b, newStore(b)) }
