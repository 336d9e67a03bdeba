package schema_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

func BenchmarkLoad(b *testing.B) {
	s := realSchema(b)
	for b.Loop() {
		mustLoad(b, s, "name: \"shop\"\ncomponents: backend: {port: 9090, readTimeout: \"20s\"}\ncomponents: frontend: theme: \"dark\"\n")
	}
}

// BenchmarkLoadMany shows how loading grows with the entries of a manifest.
func BenchmarkLoadMany(b *testing.B) {
	s := newSchema(b, more)
	for _, n := range []int{100, 1000, 3000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			manifest := manyEntries(n)
			for b.Loop() {
				mustLoad(b, s, manifest)
			}
		})
	}
}

func manyEntries(n int) string {
	var m strings.Builder
	m.WriteString("name: \"shop\"\ncomponents: worker: queues: {\n")
	for i := range n {
		fmt.Fprintf(&m, "\tq%d: {concurrency: %d, tags: [\"a\"]}\n", i, 1+i%64)
	}
	m.WriteString("}\ncomponents: scheduler: jobs: {\n")
	for i := range n {
		fmt.Fprintf(&m, "\tj%d: {schedule: \"%d * * * *\", run: \"task%d\"}\n", i, i%60, i)
	}
	m.WriteString("}\n")
	return m.String()
}

// BenchmarkLoadTasks is BenchmarkLoadMany with what costs most: entries that
// refer to each other, with payloads and their types.
func BenchmarkLoadTasks(b *testing.B) {
	s := infrastructure(b)
	for _, n := range []int{1, 100, 1000, 3000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			manifest := manyTasks(n)
			for b.Loop() {
				mustLoad(b, s, manifest)
			}
		})
	}
}

// manyTasks returns a manifest with n queues, tasks and jobs each.
func manyTasks(n int) string {
	var m strings.Builder
	m.WriteString("name: \"shop\"\ncomponents: worker: queues: {\n")
	for i := range n {
		fmt.Fprintf(&m, "\tq%d: concurrency: %d\n", i, 1+i%64)
	}
	m.WriteString("}\ncomponents: worker: tasks: {\n")
	for i := range n {
		fmt.Fprintf(&m, "\tt%d: {queue: \"q%d\", payload: {to: string, n: *1 | int & >=1 & <=9}}\n", i, i)
	}
	m.WriteString("}\ncomponents: scheduler: jobs: {\n")
	for i := range n {
		fmt.Fprintf(&m, "\tj%d: {cron: \"%d * * * *\", task: \"t%d\", payload: to: \"x\"}\n", i, i%60, i)
	}
	m.WriteString("}\n")
	return m.String()
}

// BenchmarkMistakes shows what finding eleven mistakes costs.
func BenchmarkMistakes(b *testing.B) {
	s := realSchema(b)
	const manifest = `name: "My Shop"
module: "not a module"
log: level: "loud"
components: {
	bakcend: {}
	backend: {port: 70000, readTimeout: "soon", bodyLimit: "large", rateLimit: {requests: -1, brust: 3}}
	frontend: {theme: "purple", titel: "Shop"}
}
`
	for b.Loop() {
		if _, err := load(s, manifest); len(schema.Diagnostics(err)) != 11 {
			b.Fatal(err)
		}
	}
}
