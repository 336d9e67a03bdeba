package merge

import "testing"

func TestFileKnowsNames(t *testing.T) {
	const base = "A=1\n\nB=2\n"
	for name, clean := range map[string]bool{".env.example": true, "notes.txt": false} {
		// Variables that both sides add in one place are no conflict.
		r := File(name, []byte(base), []byte(base+"\nC=3\n"), []byte(base+"\nD=4\n"), Options{})
		if r.Clean() != clean {
			t.Errorf("%s is clean: %v, want %v:\n%s", name, r.Clean(), clean, r.Text)
		}
	}
}

func TestReformatted(t *testing.T) {
	const file = "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc f() {\n\tfmt.Println(os.Args)\n}\n"
	for _, test := range []struct {
		name, a, b string
		want       bool
	}{
		{"a.txt", "a\nb\n", "a\r\nb\r\n", true},
		{"a.txt", "a\nb\n", "a\n\nb\n", false},
		{"a.go", file, "package a\n\nimport (\n\t\"os\"\n\n\t\"fmt\"\n)\n\nfunc f() {\n\n  fmt.Println(os.Args)\n}\n", true},
		{"a.go", file, "package a\n\nimport (\n\t\"os\"\n\n\t\"fmt\"\n)\n\nfunc f() {\n\tfmt.Println(os.Args, 1)\n}\n", false},
		{"a.go", file, "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"io\"\n)\n\nfunc f() {\n\tfmt.Println(os.Args)\n}\n", false},
		{"a.go", file, "package a\nfunc f( {", false},
	} {
		if got := Reformatted(test.name, []byte(test.a), []byte(test.b)); got != test.want {
			t.Errorf("Reformatted(%q, %q, %q) = %v", test.name, test.a, test.b, got)
		}
	}
}

func TestSimilarity(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want float64
	}{
		{"a\nb\n}\n", "b\n\n}\n}\n", 0.5},
		{"", "", 0},
		{"}\n", "}\n", 0},
		{"package a\nx\ny\nz\n", "package b\nx\ny\nz\n", 0.75},
	} {
		if got := Similarity([]byte(test.a), []byte(test.b)); got != test.want {
			t.Errorf("Similarity(%q, %q) = %v, want %v", test.a, test.b, got, test.want)
		}
	}
}
