package app

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"
)

// Variable is one environment variable that the application reads.
type Variable struct {
	Name    string `json:"name"`
	Value   string `json:"value"` // masked if it is secret
	Source  Source `json:"source"`
	Default string `json:"default"`
	Doc     string `json:"doc"`
	Secret  bool   `json:"secret"`
	// Example is a value of a variable that production cannot do without.
	Example string `json:"example,omitempty"`
}

const mask = "********"

// Variables lists what the application reads, in the order of the components.
func (a *App) Variables() []Variable { return slices.Clone(a.variables) }

// Config fills cfg, a pointer to a flat struct whose fields carry the tags
//
//	env:"READ_TIMEOUT" envDefault:"15s" doc:"Time to read a request" min:"1s" max:"1h" secret:"true"
//
// The bounds of a text are those of its length. One that has to be set in
// production, where the application refuses to start without, has an example of
// its value in the tag production. A value that does not fit is
// remembered and its default used instead, so that New can report all of them
// at once. A secret may also be in a file that the variable with the suffix
// _FILE names.
func (a *App) Config(cfg any) { a.ConfigOf("", cfg) }

// ConfigOf is Config for one of several of a kind, which are told apart by a
// prefix of the names in the tags.
func (a *App) ConfigOf(prefix string, cfg any) {
	target := reflect.ValueOf(cfg).Elem()
	values := map[string]string{}
	fields := map[string]*field{}
	for f := range target.Type().Fields() {
		fields[f.Name] = a.register(prefix, f, values)
	}

	var wrong env.AggregateError
	for errors.As(env.ParseWithOptions(cfg, env.Options{Environment: values, Prefix: prefix}), &wrong) {
		for _, err := range wrong.Errors {
			var parse env.ParseError
			if !errors.As(err, &parse) || values[fields[parse.Name].name] == "" {
				panic(fmt.Sprintf("app: %T cannot be filled: %v", cfg, err))
			}
			f := fields[parse.Name]
			a.refuse(f, values[f.name], expected(target.FieldByName(parse.Name), parse.Err))
			delete(values, f.name)
		}
	}
	for name, f := range fields {
		if f.example != "" && a.Env == Production && values[f.name] == "" {
			a.problem("%s%s: needed in production, such as %s", a.sources.prefix, f.name, f.example)
		}
		if problem := f.outOfBounds(target.FieldByName(name)); problem != "" {
			a.refuse(f, values[f.name], problem)
		}
	}
}

// field is what the tags of a configuration field say.
type field struct {
	name     string // of the variable, without the prefix
	source   Source
	secret   bool
	min, max string
	example  string
}

// register adds the variable to those of the application, and its value to
// values if one is set.
func (a *App) register(prefix string, f reflect.StructField, values map[string]string) *field {
	r := &field{
		name:   prefix + f.Tag.Get("env"),
		secret: f.Tag.Get("secret") == "true",
		min:    f.Tag.Get("min"),
		max:    f.Tag.Get("max"),

		example: f.Tag.Get("production"),
	}
	if prefix != "" {
		a.kinds = append(a.kinds, "_"+f.Tag.Get("env"))
	}
	v := Variable{
		Name:    a.sources.prefix + r.name,
		Default: f.Tag.Get("envDefault"),
		Doc:     f.Tag.Get("doc"),
		Secret:  r.secret,
		Example: r.example,
	}
	if r.name == prefix || v.Doc == "" {
		panic(fmt.Sprintf("app: the field %s needs the tags env and doc", f.Name))
	}
	if slices.ContainsFunc(a.variables, func(other Variable) bool { return other.Name == v.Name }) {
		panic(fmt.Sprintf("app: %s is read twice", v.Name))
	}
	if d := a.sources.defaults[r.name]; d != "" {
		v.Default = d
	}

	if r.secret {
		a.readSecret(r.name)
	}
	value, source, set := a.sources.lookup(r.name)
	r.source, v.Source, v.Value = source, source, v.Default
	if set {
		values[r.name], v.Value = value, value
	}
	if r.secret && v.Value != "" {
		a.secrets = append(a.secrets, v.Value)
		v.Value = mask
	}
	a.variables = append(a.variables, v)
	return r
}

func (a *App) refuse(f *field, value, problem string) {
	place := map[Source]string{FromDefault: "default ", FromFile: string(FromFile) + ": "}[f.source]
	if f.secret || value == "" {
		a.problem("%s%s%s: %s", place, a.sources.prefix, f.name, problem)
		return
	}
	a.problem("%s%s%s=%q: %s", place, a.sources.prefix, f.name, value, problem)
}

// Problem remembers what is wrong with a variable, named without the prefix, for
// reasons that its tags cannot say. The constructor that calls it goes on: New
// reports it beside all other problems.
func (a *App) Problem(name, text string) { a.problem("%s%s: %s", a.sources.prefix, name, text) }

func (a *App) problem(format string, args ...any) {
	a.problems = append(a.problems, fmt.Sprintf(format, args...))
}

// expected says what the value of a field should look like.
func expected(v reflect.Value, err error) string {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return "want a duration such as 30s or 5m"
	}
	if _, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		return err.Error()
	}
	switch v.Kind() {
	case reflect.Bool:
		return "want true or false"
	case reflect.Int, reflect.Int64:
		return "want a whole number"
	case reflect.Float64:
		return "want a number"
	default:
		return err.Error()
	}
}

func (f *field) outOfBounds(v reflect.Value) string {
	size := func(text string) float64 {
		if d, err := time.ParseDuration(text); err == nil && v.Type() == reflect.TypeFor[time.Duration]() {
			return float64(d)
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(fmt.Sprintf("app: bound %q of %s: %v", text, f.name, err))
		}
		return n
	}
	var have float64
	var unit string
	switch {
	case v.CanInt():
		have = float64(v.Int())
	case v.CanFloat():
		have = v.Float()
	case v.Kind() == reflect.String:
		have, unit = float64(utf8.RuneCountInString(v.String())), " characters"
		if have == 0 {
			return ""
		}
	}
	if f.min != "" && have < size(f.min) {
		return "want at least " + f.min + unit
	}
	if f.max != "" && have > size(f.max) {
		return "want at most " + f.max + unit
	}
	return ""
}
