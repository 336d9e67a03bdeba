package schema

import "encoding/json"

// Type says what values a field of a payload may have. A manifest writes it as
// a type of CUE; Go code is made of it.
//
//	to:      string & strings.MinRunes(1)   // text
//	copies:  *1 | int & >=1 & <=10          // with a default and bounds
//	kind:    "letter" | "parcel"            // one of several values
//	due?:    time.Time                      // may be left out
//	tags:    [...string]                    // list
//	address: {street: string, zip: string}  // struct
//	headers: [string]: string               // map
//
// A payload itself is a Type of the kind "object".
type Type struct {
	Kind TypeKind `json:"kind"`
	// Default is what a field is that was left out: a string, int, float64 or
	// bool. Nil means that there is no default.
	Default any `json:"default,omitempty"`
	// Enum holds the only values there are, of the kind's Go type.
	Enum []any `json:"enum,omitempty"`

	// Bounds of a number, as Go would write them; empty means that there are none.
	Min          json.Number `json:"min,omitempty"`
	Max          json.Number `json:"max,omitempty"`
	ExclusiveMin bool        `json:"exclusiveMin,omitempty"`
	ExclusiveMax bool        `json:"exclusiveMax,omitempty"`

	// Bounds of a text's characters; 0 means that there are none.
	MinRunes int `json:"minRunes,omitempty"`
	MaxRunes int `json:"maxRunes,omitempty"`
	// Pattern is a regular expression of package regexp; empty means none.
	Pattern string `json:"pattern,omitempty"`

	// Elem is the type of what a list or map holds.
	Elem *Type `json:"elem,omitempty"`
	// MaxItems is how long a list may be; 0 means that there is no bound.
	MaxItems int `json:"maxItems,omitempty"`
	// Fields are those of an object, in the order of the manifest.
	Fields []Field `json:"fields,omitempty"`
}

// Field is one field of a payload.
type Field struct {
	Name string `json:"name"`
	// Doc is the comment above the field, on one line; it may be empty.
	Doc string `json:"doc,omitempty"`
	// Optional says that the field may be left out and has no value then. A
	// field with a default may be left out, too, and is not optional.
	Optional bool `json:"optional,omitempty"`
	Type     Type `json:"type"`
}

// TypeKind is what a value of a type is.
type TypeKind string

// The kinds of types, with the Go type of their values. Times and durations are
// texts in JSON: RFC 3339, and what time.ParseDuration takes.
const (
	StringType   TypeKind = "string"
	IntType      TypeKind = "int"
	FloatType    TypeKind = "float"
	BoolType     TypeKind = "bool"
	TimeType     TypeKind = "time"
	DurationType TypeKind = "duration"
	ListType     TypeKind = "list"
	MapType      TypeKind = "map" // from text to Elem
	ObjectType   TypeKind = "object"
)
