package database

import "sync"

// alarm wakes those who listen.
type alarm struct {
	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
}

// listen returns a channel that gets a value when the alarm has rung since the
// last one. Call end to listen no more.
func (a *alarm) listen() (rung <-chan struct{}, end func()) {
	c := make(chan struct{}, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.listeners == nil {
		a.listeners = map[chan struct{}]struct{}{}
	}
	a.listeners[c] = struct{}{}
	return c, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.listeners, c)
	}
}

func (a *alarm) ring() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for c := range a.listeners {
		select {
		case c <- struct{}{}:
		default: // it has not heard the last one yet
		}
	}
}
