package memory

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/generators/cache/src"
)

// sweepEvery is how many sessions are saved between two looks for those that
// have ended.
const sweepEvery = 256

// sessions keeps sessions as long as the process lives.
type sessions struct {
	mu    sync.Mutex
	byID  map[string]*session
	saved int
}

type session struct {
	cache.Session

	data []byte // never changed
	ends time.Time
}

func newSessions() *sessions { return &sessions{byID: map[string]*session{}} }

func (s *sessions) Find(_ context.Context, id string, idle time.Duration) ([]byte, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.byID[id]
	if one == nil || !now.Before(one.ends) {
		return nil, nil
	}
	one.Seen = now
	one.ends = earlier(now.Add(idle), one.Expires)
	return one.data, nil
}

func (s *sessions) Save(_ context.Context, of cache.Session, data []byte, idle time.Duration, mustExist bool) error {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saved++; s.saved%sweepEvery == 0 {
		maps.DeleteFunc(s.byID, func(_ string, one *session) bool { return !now.Before(one.ends) })
	}
	if mustExist && s.byID[of.ID] == nil {
		return nil
	}
	s.byID[of.ID] = &session{Session: of, data: data, ends: earlier(now.Add(idle), of.Expires)}
	return nil
}

func (s *sessions) Delete(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
	return nil
}

func (s *sessions) List(_ context.Context, subject string) ([]cache.Session, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []cache.Session
	for _, one := range s.byID {
		if one.Subject == subject && now.Before(one.ends) {
			list = append(list, one.Session)
		}
	}
	return list, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
