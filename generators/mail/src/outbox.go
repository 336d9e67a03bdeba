package mail

import (
	"slices"
	"sync"
	"time"
)

// maxKept is how many messages the outbox remembers.
const maxKept = 50

// outbox remembers the latest messages that no server was there for.
type outbox struct {
	mu   sync.Mutex
	kept []kept // the oldest first
}

type kept struct {
	Message

	at time.Time
}

func (o *outbox) keep(m Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept = append(o.kept, kept{m, time.Now()})
	if len(o.kept) > maxKept {
		o.kept = slices.Delete(o.kept, 0, len(o.kept)-maxKept)
	}
}

// list returns the messages, the newest first.
func (o *outbox) list() []kept {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := slices.Clone(o.kept)
	slices.Reverse(list)
	return list
}
