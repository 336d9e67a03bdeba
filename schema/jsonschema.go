package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// JSONSchema returns the schema as JSON Schema, draft 2020-12, for editors and
// for manifests that are written as JSON or YAML. It is looser than the schema
// where JSON Schema cannot say what CUE does, and refuses no valid manifest.
func (s *Schema) JSONSchema() ([]byte, error) {
	d, err := s.describe()
	if err != nil {
		return nil, err
	}
	doc := d.root.jsonSchema()
	doc["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	doc["title"] = "Aegis manifest"
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (s *shape) jsonSchema() map[string]any {
	out := map[string]any{}
	if text := s.description(); text != "" {
		out["description"] = text
	}
	if v, ok := jsonValue(s.def); ok {
		out["default"] = v
	}
	if len(s.either) > 0 {
		var schemas []any
		for _, e := range s.either {
			schemas = append(schemas, e.jsonSchema())
		}
		out["anyOf"] = schemas
		return out
	}
	if len(s.choices) > 0 {
		var values []any
		for _, c := range s.choices {
			if v, ok := jsonValue(c); ok {
				values = append(values, v)
			}
		}
		out["enum"] = values
		return out
	}
	switch s.kind {
	case textKind:
		out["type"] = "string"
	case intKind:
		out["type"] = "integer"
	case numberKind:
		out["type"] = "number"
	case boolKind:
		out["type"] = "boolean"
	case listKind:
		out["type"] = "array"
		if s.elem != nil {
			out["items"] = s.elem.jsonSchema()
		}
	case structKind:
		s.jsonObject(out)
	default:
		// Null and bytes do not occur, and anything may be anything.
	}
	s.jsonRules(out)
	return out
}

// description joins what is known of the field and of its type.
func (s *shape) description() string {
	parts := []string{s.doc}
	if s.noun != "" {
		parts = append(parts, strings.ToUpper(s.noun[:1])+s.noun[1:]+".")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

func (s *shape) jsonObject(out map[string]any) {
	out["type"] = "object"
	properties := map[string]any{}
	var required []string
	for _, f := range s.fields {
		properties[f.name] = f.jsonSchema()
		if f.required {
			required = append(required, f.name)
		}
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if len(required) > 0 {
		out["required"] = required
	}
	out["additionalProperties"] = false
	if s.pattern != nil {
		out["additionalProperties"] = s.pattern.jsonSchema()
		if names := s.key.jsonSchema(); len(names) > 0 {
			out["propertyNames"] = names
		}
	}
}

func (s *shape) jsonRules(out map[string]any) {
	var all []map[string]any
	for _, r := range s.rules {
		bound, isNumber := jsonValue(r.operand)
		switch {
		case r.op == token.MAT:
			all = append(all, map[string]any{"pattern": r.pattern()})
		case r.op == token.NMAT:
			all = append(all, map[string]any{"not": map[string]any{"pattern": r.pattern()}})
		case !isNumber:
		case r.op == token.GEQ:
			out["minimum"] = bound
		case r.op == token.GTR:
			out["exclusiveMinimum"] = bound
		case r.op == token.LEQ:
			out["maximum"] = bound
		case r.op == token.LSS:
			out["exclusiveMaximum"] = bound
		case r.call == "strings.MaxRunes":
			out["maxLength"] = bound
		}
	}
	switch len(all) {
	case 0:
	case 1:
		maps.Copy(out, all[0])
	default:
		out["allOf"] = all
	}
}

// jsonValue returns the JSON of a literal in CUE.
func jsonValue(text string) (any, bool) {
	x, err := parser.ParseExpr("", text)
	if err != nil {
		return nil, false
	}
	lit, ok := x.(*ast.BasicLit)
	if !ok {
		n, ok := number(x)
		if !ok {
			return nil, false
		}
		return json.Number(n.Text('g', -1)), true
	}
	switch literalKind(lit) {
	case textKind:
		s, err := literal.Unquote(lit.Value)
		return s, err == nil
	case boolKind:
		return lit.Kind == token.TRUE, true
	case intKind, numberKind:
		var info literal.NumInfo
		if literal.ParseNum(lit.Value, &info) != nil {
			return nil, false
		}
		return json.Number(info.String()), true
	default:
		return nil, false
	}
}
