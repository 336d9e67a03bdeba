package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// checkFields returns an error for each field of text, which is JSON, that the
// type t has no place for. A misspelt field would go unnoticed otherwise, since
// decoding ignores it: a worker may be older than what enqueued the task.
func checkFields(text json.RawMessage, t reflect.Type, path string) error {
	var errs []error
	switch t.Kind() {
	case reflect.Pointer:
		return checkFields(text, t.Elem(), path)
	case reflect.Struct:
		types, object := fieldTypes(t), members(text)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if field, known := types[name]; known {
				errs = append(errs, checkFields(object[name], field, path+name+"."))
				continue
			}
			has := "there are none"
			if len(types) > 0 {
				has = "there are " + strings.Join(slices.Sorted(maps.Keys(types)), ", ")
			}
			errs = append(errs, fmt.Errorf("%s%s is not a field; %s", path, name, has))
		}
	case reflect.Map:
		object := members(text)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			errs = append(errs, checkFields(object[name], t.Elem(), path+name+"."))
		}
	case reflect.Slice, reflect.Array:
		var items []json.RawMessage
		_ = json.Unmarshal(text, &items) // what is no list was refused before
		for i, value := range items {
			errs = append(errs, checkFields(value, t.Elem(), strings.TrimSuffix(path, ".")+"["+strconv.Itoa(i)+"]."))
		}
	default: // has no fields
	}
	return errors.Join(errs...)
}

// members returns those of an object; none of null, or of what a type decodes
// itself from.
func members(text json.RawMessage) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	_ = json.Unmarshal(text, &object) // what must be an object was decoded before
	return object
}

// fieldTypes returns the types of the fields of a struct by their names in JSON.
func fieldTypes(t reflect.Type) map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case tag == "-" || !f.IsExported() || f.Anonymous && tag == "":
		case tag == "":
			types[f.Name] = f.Type
		default:
			types[tag] = f.Type
		}
	}
	return types
}
