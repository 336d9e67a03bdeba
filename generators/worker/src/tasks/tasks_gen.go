// Code generated from aegis.cue. DO NOT EDIT.

package tasks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Queues lists the queues that aegis.cue declares.
func (t *Tasks) Queues() []worker.Queue {
	return []worker.Queue{
		{Name: "default", Concurrency: 10, Priority: 1},
		{Name: "mail", Concurrency: 4, Priority: 5},
	}
}

// Tasks lists the tasks that aegis.cue declares.
func (t *Tasks) Tasks() []worker.Definition {
	return []worker.Definition{
		{
			Name:      "cleanup",
			Doc:       "Removes old carts",
			Queue:     "default",
			Retries:   0,
			Timeout:   time.Minute,
			Retention: 24 * time.Hour,
			Run:       func(ctx context.Context, _ json.RawMessage) (any, error) { return t.Cleanup(ctx) },
		},
		{
			Name:      "context",
			Queue:     "default",
			Retries:   3,
			Timeout:   time.Minute,
			Retention: 24 * time.Hour,
			Run:       func(ctx context.Context, _ json.RawMessage) (any, error) { return t.Context(ctx) },
		},
		worker.Typed(worker.Definition{
			Name:      "duration",
			Queue:     "default",
			Retries:   3,
			Timeout:   time.Minute,
			Retention: 24 * time.Hour,
		}, t.Duration),
		worker.Typed(worker.Definition{
			Name:      "enqueue_scan",
			Queue:     "default",
			Retries:   3,
			Timeout:   time.Minute,
			Retention: 24 * time.Hour,
		}, t.EnqueueScan),
		worker.Typed(worker.Definition{
			Name:      "queues",
			Queue:     "default",
			Retries:   3,
			Timeout:   time.Minute,
			Retention: 24 * time.Hour,
		}, t.QueuesTask),
		worker.Typed(worker.Definition{
			Name:      "scan",
			Queue:     "default",
			Retries:   3,
			Timeout:   time.Minute,
			Retention: 24 * time.Hour,
		}, t.Scan),
		worker.Typed(worker.Definition{
			Name:      "send_email",
			Doc:       "Sends an email to a customer.",
			Queue:     "mail",
			Retries:   5,
			Timeout:   90 * time.Second,
			Retention: 24 * time.Hour,
			Unique:    time.Hour,
		}, t.SendEmail),
		worker.Typed(worker.Definition{
			Name:      "send_email_address",
			Queue:     "default",
			Retries:   3,
			Timeout:   time.Minute,
			Retention: 24 * time.Hour,
		}, t.SendEmailAddress),
	}
}

// EnqueueCleanup enqueues the task cleanup and returns its id.
func EnqueueCleanup(ctx context.Context, w *worker.Component, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "cleanup", struct{}{}, opts...)
}

// EnqueueContext enqueues the task context and returns its id.
func EnqueueContext(ctx context.Context, w *worker.Component, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "context", struct{}{}, opts...)
}

// EnqueueDuration enqueues the task duration and returns its id.
func EnqueueDuration(ctx context.Context, w *worker.Component, p Duration, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "duration", p, opts...)
}

// Duration is the payload of the task duration.
type Duration struct {
	D DurationText `json:"d"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *Duration) UnmarshalJSON(text []byte) error {
	type plain Duration
	var v plain
	if err := decode(text, &v, "", "d"); err != nil {
		return err
	}
	*p = Duration(v)
	return nil
}

// Validate returns what is wrong with the values.
func (p *Duration) Validate() error {
	return nil
}

// EnqueueEnqueueScan enqueues the task enqueue_scan and returns its id.
func EnqueueEnqueueScan(ctx context.Context, w *worker.Component, p EnqueueScanPayload, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "enqueue_scan", p, opts...)
}

// EnqueueScanPayload is the payload of the task enqueue_scan.
type EnqueueScanPayload struct {
	Z bool `json:"z"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *EnqueueScanPayload) UnmarshalJSON(text []byte) error {
	type plain EnqueueScanPayload
	var v plain
	if err := decode(text, &v, "", "z"); err != nil {
		return err
	}
	*p = EnqueueScanPayload(v)
	return nil
}

// Validate returns what is wrong with the values.
func (p *EnqueueScanPayload) Validate() error {
	return nil
}

// EnqueueQueues enqueues the task queues and returns its id.
func EnqueueQueues(ctx context.Context, w *worker.Component, p Queues, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "queues", p, opts...)
}

// Queues is the payload of the task queues.
type Queues struct {
	Y []string `json:"y"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *Queues) UnmarshalJSON(text []byte) error {
	type plain Queues
	var v plain
	if err := decode(text, &v, ""); err != nil {
		return err
	}
	*p = Queues(v)
	return nil
}

// Validate returns what is wrong with the values.
func (p *Queues) Validate() error {
	return nil
}

// EnqueueScan enqueues the task scan and returns its id.
func EnqueueScan(ctx context.Context, w *worker.Component, p Scan, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "scan", p, opts...)
}

// Scan is the payload of the task scan.
type Scan struct {
	Func string `json:"func"`
	// Nil is the default, "a".
	Error *string `json:"error,omitempty"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have, and sets the defaults of those that it has not.
func (p *Scan) UnmarshalJSON(text []byte) error {
	type plain Scan
	var v plain
	v.Error = new(string)
	*v.Error = "a"
	if err := decode(text, &v, "", "func"); err != nil {
		return err
	}
	*p = Scan(v)
	return nil
}

// Validate returns what is wrong with the values.
func (p *Scan) Validate() error {
	var errs []error
	if !patternScanFunc.MatchString(p.Func) {
		errs = append(errs, fmt.Errorf("func must match x, not %q", p.Func))
	}
	return errors.Join(errs...)
}

// EnqueueSendEmail enqueues the task send_email and returns its id.
func EnqueueSendEmail(ctx context.Context, w *worker.Component, p SendEmail, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "send_email", p, opts...)
}

// SendEmail is the payload of the task send_email.
type SendEmail struct {
	// Who gets it.
	To      string  `json:"to"`
	Subject *string `json:"subject,omitempty"`
	// What it is printed like. One of "letter", "parcel". "" is the default, "letter".
	Kind string `json:"kind,omitzero"`
	// How many. 0 is the default, 1.
	Copies int `json:"copies,omitzero"`
	// Nil is the default, 5.
	Offset *int `json:"offset,omitempty"`
	// Nil is the default, true.
	Urgent *bool `json:"urgent,omitempty"`
	HTML   bool  `json:"html"`
	// One of 1, 2, 3.
	Level  int     `json:"level"`
	Always string  `json:"always"`
	Ratio  float64 `json:"ratio"`
	// 0 is the default, 0.5.
	Share    float64    `json:"share,omitzero"`
	Due      time.Time  `json:"due"`
	NotAfter *time.Time `json:"notAfter,omitempty"`
	// Nil is the default, "90s".
	Wait    *DurationText           `json:"wait,omitempty"`
	Pause   *DurationText           `json:"pause,omitempty"`
	Tags    []string                `json:"tags"`
	Grid    [][]int                 `json:"grid,omitempty"`
	Headers map[string]string       `json:"headers"`
	Waits   map[string]DurationText `json:"waits,omitempty"`
	Address SendEmailAddress        `json:"address"`
	// What is in it.
	Lines         []SendEmailLinesItem            `json:"lines"`
	Places        map[string]SendEmailPlacesValue `json:"places,omitempty"`
	ValidateValue string                          `json:"validate"`
	NHalf         int                             `json:"n_half"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have, and sets the defaults of those that it has not.
func (p *SendEmail) UnmarshalJSON(text []byte) error {
	type plain SendEmail
	var v plain
	v.Offset = new(int)
	*v.Offset = 5
	v.Urgent = new(bool)
	*v.Urgent = true
	v.Wait = new(DurationText)
	*v.Wait = DurationText(90 * time.Second)
	if err := decode(text, &v, "", "to", "level", "always", "ratio", "due", "address", "validate", "n_half"); err != nil {
		return err
	}
	if v.Kind == "" {
		v.Kind = "letter"
	}
	if v.Copies == 0 {
		v.Copies = 1
	}
	if v.Share == 0 {
		v.Share = 0.5
	}
	*p = SendEmail(v)
	return nil
}

// Validate returns what is wrong with the values.
func (p *SendEmail) Validate() error {
	var errs []error
	if !patternSendEmailTo.MatchString(p.To) {
		errs = append(errs, fmt.Errorf("to must match ^[^@ ]+@[^@ ]+$, not %q", p.To))
	}
	if p.Subject != nil {
		if utf8.RuneCountInString(*p.Subject) < 1 {
			errs = append(errs, fmt.Errorf("subject must have at least 1 character, not %d", utf8.RuneCountInString(*p.Subject)))
		}
		if utf8.RuneCountInString(*p.Subject) > 78 {
			errs = append(errs, fmt.Errorf("subject must have at most 78 characters, not %d", utf8.RuneCountInString(*p.Subject)))
		}
	}
	if p.Kind != "" {
		if !slices.Contains([]string{"letter", "parcel"}, p.Kind) {
			errs = append(errs, fmt.Errorf("kind must be one of \"letter\", \"parcel\", not %q", p.Kind))
		}
	}
	if p.Copies != 0 {
		if p.Copies < 1 {
			errs = append(errs, fmt.Errorf("copies must be at least 1, not %d", p.Copies))
		}
		if p.Copies > 10 {
			errs = append(errs, fmt.Errorf("copies must be at most 10, not %d", p.Copies))
		}
	}
	if !slices.Contains([]int{1, 2, 3}, p.Level) {
		errs = append(errs, fmt.Errorf("level must be one of 1, 2, 3, not %d", p.Level))
	}
	if p.Always != "yes" {
		errs = append(errs, fmt.Errorf("always must be \"yes\", not %q", p.Always))
	}
	if p.Ratio <= 0 {
		errs = append(errs, fmt.Errorf("ratio must be greater than 0, not %v", p.Ratio))
	}
	if p.Ratio >= 1.5 {
		errs = append(errs, fmt.Errorf("ratio must be less than 1.5, not %v", p.Ratio))
	}
	if p.Share != 0 {
		if p.Share <= 0 {
			errs = append(errs, fmt.Errorf("share must be greater than 0, not %v", p.Share))
		}
	}
	if len(p.Tags) > 4 {
		errs = append(errs, fmt.Errorf("tags must have at most 4 elements, not %d", len(p.Tags)))
	}
	for i, v := range p.Tags {
		at := fmt.Sprintf("tags[%d]", i)
		if utf8.RuneCountInString(v) < 1 {
			errs = append(errs, fmt.Errorf("%s must have at least 1 character, not %d", at, utf8.RuneCountInString(v)))
		}
	}
	for i, v := range p.Grid {
		at := fmt.Sprintf("grid[%d]", i)
		for i2, v2 := range v {
			at2 := fmt.Sprintf("%s[%d]", at, i2)
			if v2 < 0 {
				errs = append(errs, fmt.Errorf("%s must be at least 0, not %d", at2, v2))
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(p.Headers)) {
		v := p.Headers[k]
		at := fmt.Sprintf("headers[%q]", k)
		if !patternSendEmailHeaders.MatchString(v) {
			errs = append(errs, fmt.Errorf("%s must match ^[a-z%%]*$, not %q", at, v))
		}
	}
	errs = append(errs, p.Address.problems("address.")...)
	for i := range p.Lines {
		at := fmt.Sprintf("lines[%d]", i)
		errs = append(errs, p.Lines[i].problems(at+".")...)
	}
	for _, k := range slices.Sorted(maps.Keys(p.Places)) {
		v := p.Places[k]
		at := fmt.Sprintf("places[%q]", k)
		errs = append(errs, v.problems(at+".")...)
	}
	if float64(p.NHalf) < 0.5 {
		errs = append(errs, fmt.Errorf("n_half must be at least 0.5, not %d", p.NHalf))
	}
	return errors.Join(errs...)
}

// SendEmailAddress is part of the payload of the task send_email.
type SendEmailAddress struct {
	// The street and the number.
	Street string               `json:"street"`
	Zip    *string              `json:"zip,omitempty"`
	Geo    *SendEmailAddressGeo `json:"geo,omitempty"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *SendEmailAddress) UnmarshalJSON(text []byte) error {
	type plain SendEmailAddress
	var v plain
	if err := decode(text, &v, "address.", "street"); err != nil {
		return err
	}
	*p = SendEmailAddress(v)
	return nil
}

// problems returns what is wrong with the values, which are at path.
func (p *SendEmailAddress) problems(path string) []error {
	var errs []error
	if utf8.RuneCountInString(p.Street) < 1 {
		errs = append(errs, fmt.Errorf("%sstreet must have at least 1 character, not %d", path, utf8.RuneCountInString(p.Street)))
	}
	if p.Zip != nil {
		if !patternSendEmailAddressZip.MatchString(*p.Zip) {
			errs = append(errs, fmt.Errorf("%szip must match ^[0-9]{5}$, not %q", path, *p.Zip))
		}
	}
	if p.Geo != nil {
		errs = append(errs, p.Geo.problems(path+"geo.")...)
	}
	return errs
}

// SendEmailAddressGeo is part of the payload of the task send_email.
type SendEmailAddressGeo struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *SendEmailAddressGeo) UnmarshalJSON(text []byte) error {
	type plain SendEmailAddressGeo
	var v plain
	if err := decode(text, &v, "address.geo.", "lat", "lon"); err != nil {
		return err
	}
	*p = SendEmailAddressGeo(v)
	return nil
}

// problems returns what is wrong with the values, which are at path.
func (p *SendEmailAddressGeo) problems(path string) []error {
	var errs []error
	if p.Lat < -90 {
		errs = append(errs, fmt.Errorf("%slat must be at least -90, not %v", path, p.Lat))
	}
	if p.Lat > 90 {
		errs = append(errs, fmt.Errorf("%slat must be at most 90, not %v", path, p.Lat))
	}
	return errs
}

// SendEmailLinesItem is part of the payload of the task send_email.
type SendEmailLinesItem struct {
	Sku     string `json:"sku"`
	OrderID int    `json:"orderId"`
	// 0 is the default, 1.
	N int `json:"n,omitzero"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have, and sets the defaults of those that it has not.
func (p *SendEmailLinesItem) UnmarshalJSON(text []byte) error {
	type plain SendEmailLinesItem
	var v plain
	if err := decode(text, &v, "lines[].", "sku", "orderId"); err != nil {
		return err
	}
	if v.N == 0 {
		v.N = 1
	}
	*p = SendEmailLinesItem(v)
	return nil
}

// problems returns what is wrong with the values, which are at path.
func (p *SendEmailLinesItem) problems(path string) []error {
	var errs []error
	if utf8.RuneCountInString(p.Sku) < 2 {
		errs = append(errs, fmt.Errorf("%ssku must have at least 2 characters, not %d", path, utf8.RuneCountInString(p.Sku)))
	}
	if p.OrderID <= 0 {
		errs = append(errs, fmt.Errorf("%sorderId must be greater than 0, not %d", path, p.OrderID))
	}
	if p.N != 0 {
		if p.N < 1 {
			errs = append(errs, fmt.Errorf("%sn must be at least 1, not %d", path, p.N))
		}
	}
	return errs
}

// SendEmailPlacesValue is part of the payload of the task send_email.
type SendEmailPlacesValue struct {
	Name string `json:"name"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *SendEmailPlacesValue) UnmarshalJSON(text []byte) error {
	type plain SendEmailPlacesValue
	var v plain
	if err := decode(text, &v, "places[].", "name"); err != nil {
		return err
	}
	*p = SendEmailPlacesValue(v)
	return nil
}

// problems returns what is wrong with the values, which are at path.
func (p *SendEmailPlacesValue) problems(path string) []error {
	var errs []error
	if utf8.RuneCountInString(p.Name) > 5 {
		errs = append(errs, fmt.Errorf("%sname must have at most 5 characters, not %d", path, utf8.RuneCountInString(p.Name)))
	}
	return errs
}

// EnqueueSendEmailAddress enqueues the task send_email_address and returns its id.
func EnqueueSendEmailAddress(ctx context.Context, w *worker.Component, p SendEmailAddressPayload, opts ...worker.Option) (string, error) {
	return w.Enqueue(ctx, "send_email_address", p, opts...)
}

// SendEmailAddressPayload is the payload of the task send_email_address.
type SendEmailAddressPayload struct {
	W SendEmailAddressPayloadW `json:"w"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *SendEmailAddressPayload) UnmarshalJSON(text []byte) error {
	type plain SendEmailAddressPayload
	var v plain
	if err := decode(text, &v, "", "w"); err != nil {
		return err
	}
	*p = SendEmailAddressPayload(v)
	return nil
}

// Validate returns what is wrong with the values.
func (p *SendEmailAddressPayload) Validate() error {
	var errs []error
	errs = append(errs, p.W.problems("w.")...)
	return errors.Join(errs...)
}

// SendEmailAddressPayloadW is part of the payload of the task send_email_address.
type SendEmailAddressPayloadW struct {
	X int `json:"x"`
}

// UnmarshalJSON decodes the JSON of an object, which has all fields that it must
// have.
func (p *SendEmailAddressPayloadW) UnmarshalJSON(text []byte) error {
	type plain SendEmailAddressPayloadW
	var v plain
	if err := decode(text, &v, "w.", "x"); err != nil {
		return err
	}
	*p = SendEmailAddressPayloadW(v)
	return nil
}

// problems returns what is wrong with the values, which are at path.
func (p *SendEmailAddressPayloadW) problems(path string) []error {
	var errs []error
	if p.X != 1 {
		errs = append(errs, fmt.Errorf("%sx must be 1, not %d", path, p.X))
	}
	return errs
}

var (
	patternScanFunc            = regexp.MustCompile(`x`)
	patternSendEmailTo         = regexp.MustCompile(`^[^@ ]+@[^@ ]+$`)
	patternSendEmailHeaders    = regexp.MustCompile(`^[a-z%]*$`)
	patternSendEmailAddressZip = regexp.MustCompile(`^[0-9]{5}$`)
)

// DurationText is a time.Duration that is a text in JSON: "1m30s".
type DurationText time.Duration

// MarshalText writes the duration like time.Duration.String.
func (d DurationText) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration takes.
func (d *DurationText) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as \"1m30s\"", text)
	}
	*d = DurationText(parsed)
	return nil
}

// decode decodes the JSON of an object at path. It fails if one of the required
// fields is missing.
func decode(text []byte, object any, path string, required ...string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return fmt.Errorf("%s must be an object", cmp.Or(strings.TrimSuffix(path, "."), "it"))
	}
	var errs []error
	for _, name := range required {
		if value := fields[name]; value == nil || string(value) == "null" {
			errs = append(errs, fmt.Errorf("%s%s is missing", path, name))
		}
	}
	err := json.Unmarshal(text, object)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		err = fmt.Errorf("%s%s must be of the type %s, not %s", path, wrong.Field, wrong.Type, wrong.Value)
	}
	return errors.Join(append(errs, err)...)
}
