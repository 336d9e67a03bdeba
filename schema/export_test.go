package schema

import (
	"fmt"
	"time"

	"cuelang.org/go/cue"
)

// SetMaxTime has evaluating a manifest take no longer than d.
func SetMaxTime(d time.Duration) { maxTime = d }

// CheckRequirements says whether what each component requires is known when
// nobody has chosen anything.
func (s *Schema) CheckRequirements() error {
	d, err := s.describe()
	if err != nil {
		return err
	}
	var dec decoder
	dec.each(d.entries, func(name string, v cue.Value) {
		if err := v.LookupPath(cue.ParsePath("requires")).Validate(cue.Concrete(true)); err != nil {
			dec.fail(fmt.Errorf("%s: %w", name, err))
		}
	})
	return dec.err
}
