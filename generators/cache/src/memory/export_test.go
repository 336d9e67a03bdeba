package memory

import "github.com/aegis-stack/aegis/generators/cache/src"

// Count returns how many sessions are in the memory.
func Count(s cache.SessionStore) int {
	own, ok := s.(*sessions)
	if !ok {
		return -1
	}
	return len(own.byID)
}
