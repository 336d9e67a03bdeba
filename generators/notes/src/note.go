package notes

import "github.com/uptrace/bun"

// Note is a row of the table, and how clients see it.
type Note struct {
	bun.BaseModel `bun:"table:notes" json:"-"`

	ID      string `bun:"id,pk" json:"id"`
	Title   string `bun:"title" json:"title"`
	Text    string `bun:"text" json:"text"`
	Version int64  `bun:"version" json:"version" doc:"How often the note has been written"`
	Created Moment `bun:"created_at" json:"created"`
	Changed Moment `bun:"changed_at" json:"changed"`
}

// Draft is what clients write.
type Draft struct {
	Title string `json:"title" minLength:"1" maxLength:"200" pattern:"\\S" patternDescription:"not blank"`
	Text  string `json:"text,omitempty" maxLength:"10000"`
}
