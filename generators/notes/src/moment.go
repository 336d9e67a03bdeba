package notes

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Moment is a time that tables hold as milliseconds, in every engine alike, and
// clients see as RFC 3339.
type Moment time.Time

// now is the time as tables can hold it.
func now() Moment { return Moment(time.Now().UTC().Truncate(time.Millisecond)) }

// Value is called by the database.
func (m Moment) Value() (driver.Value, error) { return time.Time(m).UnixMilli(), nil }

// Scan is called by the database.
func (m *Moment) Scan(value any) error {
	ms, ok := value.(int64)
	if !ok {
		return fmt.Errorf("want milliseconds, not a %T", value)
	}
	*m = Moment(time.UnixMilli(ms).UTC())
	return nil
}

// MarshalText writes it for clients.
func (m Moment) MarshalText() ([]byte, error) { return time.Time(m).MarshalText() }

// UnmarshalText reads what MarshalText writes.
func (m *Moment) UnmarshalText(text []byte) error { return (*time.Time)(m).UnmarshalText(text) }

// Schema describes it to clients.
func (Moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}
