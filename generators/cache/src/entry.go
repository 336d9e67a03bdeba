package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// tagTTL is how long a version of a tag is kept. A tag whose version is gone
	// is one that was just invalidated.
	tagTTL = 7 * 24 * time.Hour
	// deletedTTL is how long a deleted key refuses the values of those who began
	// to compute before.
	deletedTTL = time.Minute
)

func entryKey(key string) string { return "e:" + key }
func tagKey(tag string) string   { return "t:" + tag }

// kind is the first byte of what is kept.
type kind byte

const (
	isValue    kind = 'v'
	isNotFound kind = 'n'
	isDeleted  kind = 'd'
)

// versionSize is the length of a version. Versions are random: one that is lost
// and made anew is never an old one again.
const versionSize = 8

func newVersion() []byte {
	return binary.LittleEndian.AppendUint64(nil, rand.Uint64()) //nolint:gosec // unique, not secret
}

// headSize is the length of what tells an entry from all others: its kind and a
// version of its own.
const headSize = 1 + versionSize

// entry is what is kept under a key.
type entry struct {
	kind     kind
	versions [][]byte // of its tags, when it was computed
	text     []byte
}

func (e entry) encode() []byte {
	raw := make([]byte, 0, headSize+1+len(e.versions)*versionSize+len(e.text))
	raw = append(raw, byte(e.kind))
	raw = append(raw, newVersion()...)
	raw = binary.AppendUvarint(raw, uint64(len(e.versions)))
	for _, v := range e.versions {
		raw = append(raw, v...)
	}
	return append(raw, e.text...)
}

// decode returns false for what no entry looks like.
func decode(raw []byte) (entry, bool) {
	if len(raw) <= headSize {
		return entry{}, false
	}
	e := entry{kind: kind(raw[0])}
	count, n := binary.Uvarint(raw[headSize:])
	rest := raw[headSize+max(n, 0):]
	if n <= 0 || count > uint64(len(rest)/versionSize) {
		return entry{}, false
	}
	for range count {
		e.versions = append(e.versions, rest[:versionSize])
		rest = rest[versionSize:]
	}
	e.text = rest
	return e, true
}

// found is what a look into the store brought.
type found struct {
	head     []byte // of what is there, nil if there is nothing
	entry    entry
	versions [][]byte // of the tags, nil where a tag has none
	hit      bool
	cleared  uint64 // what the cache said of that before

	// incomplete says that a tag could not be given a version, so that nothing can
	// be kept.
	incomplete bool
}

// lookup asks for the entry and the versions of its tags at once.
func (c *Component) lookup(ctx context.Context, key string, tags []string) (found, error) {
	keys := make([]string, 0, 1+len(tags))
	keys = append(keys, entryKey(key))
	for _, tag := range tags {
		keys = append(keys, tagKey(tag))
	}
	cleared := c.cleared.Load()
	values, err := c.store.Get(ctx, keys...)
	if err != nil {
		return found{}, err
	}
	f := found{head: values[0][:min(headSize, len(values[0]))], versions: values[1:], cleared: cleared}
	var ok bool
	f.entry, ok = decode(values[0])
	f.hit = ok && (f.entry.kind == isValue || f.entry.kind == isNotFound) && slices.EqualFunc(f.entry.versions, f.versions, bytes.Equal)
	return f, nil
}

// complete gives a version to tags that have none.
func (c *Component) complete(ctx context.Context, tags []string, f *found) {
	for i, version := range f.versions {
		if len(version) == versionSize {
			continue
		}
		f.versions[i] = newVersion()
		// If another is faster, the entry gets a version that no tag has: it will be
		// computed once more, and never be stale.
		if err := c.store.Swap(ctx, tagKey(tags[i]), version, f.versions[i], tagTTL); err != nil {
			_ = c.failed(ctx, "set", err)
			f.incomplete = true
			return
		}
	}
}

// sorted returns each tag once, in an order that does not depend on the caller.
func sorted(tags []string) []string {
	if len(tags) < 2 {
		return tags
	}
	tags = slices.Clone(tags)
	slices.Sort(tags)
	return slices.Compact(tags)
}
