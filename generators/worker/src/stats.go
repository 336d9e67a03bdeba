package worker

import (
	"slices"
	"sync"
	"time"
)

// sampleSize is how many tasks the percentiles are about.
const sampleSize = 1024

// stats is how long the newest tasks took in this process.
type stats struct {
	mu     sync.Mutex
	sample [sampleSize]time.Duration
	count  int64
}

func (s *stats) ended(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sample[s.count%sampleSize] = took
	s.count++
}

// percentiles returns those of the sample, nil if it is empty.
func (s *stats) percentiles(percents ...int) []time.Duration {
	s.mu.Lock()
	sorted := slices.Clone(s.sample[:min(s.count, sampleSize)])
	s.mu.Unlock()
	return percentiles(sorted, percents...)
}

// percentiles sorts the sample and returns the values that so many percent of it
// do not exceed; nil if it is empty.
func percentiles(sample []time.Duration, percents ...int) []time.Duration {
	if len(sample) == 0 {
		return nil
	}
	slices.Sort(sample)
	values := make([]time.Duration, len(percents))
	for i, p := range percents {
		values[i] = sample[max(0, (len(sample)*p+99)/100-1)]
	}
	return values
}

// rates turns the counts of the store into counts per second.
type rates struct {
	mu                sync.Mutex
	at                time.Time
	processed, failed int64
}

// update returns the rates since the last update: 0 with the first one, and when
// the store has forgotten its counts.
func (r *rates) update(now time.Time, processed, failed int64) (perSecond, failures float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seconds := now.Sub(r.at).Seconds()
	if !r.at.IsZero() && seconds > 0 {
		perSecond = max(0, float64(processed-r.processed)/seconds)
		failures = max(0, float64(failed-r.failed)/seconds)
	}
	r.at, r.processed, r.failed = now, processed, failed
	return perSecond, failures
}
