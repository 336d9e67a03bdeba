package postgres

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
)

// A copy is a zip file: what COPY writes about each table, and what is needed
// to make the tables again. The rows can be read without us:
//
//	unzip -p FILE tables/notes.copy
const (
	contentsName = "contents.json"
	format       = 1
)

// contents say what is in a copy.
type contents struct {
	Format     int                `json:"format"`
	Program    string             `json:"program"`    // the version that wrote it
	Server     string             `json:"server"`     // the version of PostgreSQL
	Migrations map[string][]int64 `json:"migrations"` // that are applied, by owner
	Tables     []table            `json:"tables"`
	Sequences  []sequence         `json:"sequences"`
}

type table struct {
	Name      string   `json:"name"`
	Columns   []column `json:"columns"`
	Partition string   `json:"partition,omitempty"` // what follows CREATE TABLE if it has no rows of its own
	Parted    bool     `json:"parted,omitempty"`    // the rows are in its partitions
	Versions  bool     `json:"versions,omitempty"`  // it remembers migrations
	Rows      int64    `json:"rows"`
	Sum       string   `json:"sha256"` // of what COPY wrote
}

type column struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Generated bool   `json:"generated,omitempty"` // from others: it is not copied
}

type sequence struct {
	Name   string `json:"name"`
	Last   int64  `json:"last"`
	Called bool   `json:"called"` // the next value is the one after Last
}

func (t table) file() string { return "tables/" + url.PathEscape(t.Name) + ".copy" }

// overwrites says whether restoring c where other is would lose anything: rows,
// or tables. When a migration was applied does not matter.
func (c contents) overwrites(other contents) bool {
	full := func(t table) bool { return t.Rows > 0 && !t.Versions }
	newer := func(owner string) bool {
		return slices.ContainsFunc(other.Migrations[owner], func(v int64) bool { return !slices.Contains(c.Migrations[owner], v) })
	}
	if !slices.ContainsFunc(other.Tables, full) {
		return slices.ContainsFunc(slices.Collect(maps.Keys(other.Migrations)), newer)
	}
	same := func(a, b table) bool {
		return a.Name == b.Name && a.Sum == b.Sum && slices.Equal(a.Columns, b.Columns)
	}
	return !slices.EqualFunc(c.Tables, other.Tables, same) || !slices.Equal(c.Sequences, other.Sequences)
}

// tally counts the rows that COPY writes, and adds them up.
type tally struct {
	rows int64
	hash hash.Hash
}

func newTally() *tally { return &tally{hash: sha256.New()} }

func (t *tally) Write(text []byte) (int, error) {
	t.rows += int64(bytes.Count(text, []byte("\n"))) // those in values are written as \n
	return t.hash.Write(text)
}

func (t *tally) sum() string { return hex.EncodeToString(t.hash.Sum(nil)) }

// writeArchive writes a copy into the file. What read gives to a table's writer
// are its rows.
func writeArchive(file string, read func(rows func(table) (io.Writer, error)) (contents, error)) (err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the caller names the file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	archive := zip.NewWriter(f)
	c, err := read(func(t table) (io.Writer, error) { return archive.Create(t.file()) })
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(c, "", "\t")
	if err != nil {
		return err
	}
	w, err := archive.Create(contentsName)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return err
	}
	return archive.Close()
}

// archive is a copy that is open for reading.
type archive struct {
	*zip.ReadCloser
	contents
}

func openArchive(file string) (_ *archive, err error) {
	r, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	f, err := r.Open(contentsName)
	if err != nil {
		return nil, err
	}
	a := &archive{ReadCloser: r}
	if err := errors.Join(json.NewDecoder(f).Decode(&a.contents), f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", contentsName, err)
	}
	if a.Format != format {
		return nil, fmt.Errorf("it has the format %d, and this program reads %d: use the one that made it, %s", a.Format, format, a.Program)
	}
	return a, nil
}

// rows has use read the rows of a table, and fails if they are not those that
// were written.
func (a *archive) rows(t table, use func(io.Reader) error) (err error) {
	f, err := a.Open(t.file())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	seen := newTally()
	if err := use(io.TeeReader(f, seen)); err != nil {
		return err
	}
	if seen.rows != t.Rows || seen.sum() != t.Sum {
		return fmt.Errorf("table %s: %d rows were written, and these %d are not the same", t.Name, t.Rows, seen.rows)
	}
	return nil
}

// Verify reads all rows in the file.
func (*Engine) Verify(ctx context.Context, file string) (err error) {
	a, err := openArchive(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	for _, t := range a.Tables {
		err := a.rows(t, func(rows io.Reader) error {
			_, err := io.Copy(io.Discard, rows)
			return err
		})
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}
