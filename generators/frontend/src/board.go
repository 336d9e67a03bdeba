package frontend

import (
	"sync"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// board holds the newest snapshot and tells all who wait that there is another.
// A slow reader skips snapshots, and gets the newest when it comes back.
type board struct {
	mu      sync.Mutex
	now     *snapshot
	changed chan struct{} // closed when now is replaced
}

func newBoard() *board {
	return &board{now: &snapshot{}, changed: make(chan struct{})}
}

// record adds a sample of the health tree, unless it is there already.
func (b *board) record(root health.Node) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !root.CheckedAt.After(b.now.root.CheckedAt) {
		return
	}
	b.now = b.now.next(root)
	close(b.changed)
	b.changed = make(chan struct{})
}

// current returns the newest snapshot, and a channel that is closed as soon as
// there is a newer one.
func (b *board) current() (*snapshot, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now, b.changed
}
