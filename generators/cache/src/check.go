package cache

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Stats is how the cache has served this process since it started.
type Stats struct {
	Usage

	Hits     int64        `json:"hits" doc:"Questions that were answered from the cache"`
	Misses   int64        `json:"misses" doc:"Questions that were not"`
	Errors   int64        `json:"errors" doc:"What the store could not do"`
	Prefixes []PrefixStat `json:"prefixes" doc:"The same by what keys begin with"`
}

// PrefixStat is that of the keys which are the same up to the first colon.
type PrefixStat struct {
	Prefix string `json:"prefix"`
	Hits   int64  `json:"hits"`
	Misses int64  `json:"misses"`
}

// ratio returns how many percent of the questions were answered.
func ratio(hits, misses int64) float64 {
	if hits+misses == 0 {
		return 0
	}
	return 100 * float64(hits) / float64(hits+misses)
}

// Stats returns what was counted, the busiest prefixes first.
func (c *Component) Stats(ctx context.Context) (Stats, error) {
	usage, err := c.store.Usage(ctx)
	s := Stats{Usage: usage, Errors: c.counts.errors.Load(), Prefixes: c.counts.list()}
	for _, p := range s.Prefixes {
		s.Hits += p.Hits
		s.Misses += p.Misses
	}
	return s, err
}

func (c *counts) list() []PrefixStat {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list := make([]PrefixStat, 0, len(c.byPrefix))
	for prefix, one := range c.byPrefix {
		list = append(list, PrefixStat{Prefix: prefix, Hits: one.hits.Load(), Misses: one.misses.Load()})
	}
	slices.SortFunc(list, func(a, b PrefixStat) int {
		return cmp.Or(cmp.Compare(b.Hits+b.Misses, a.Hits+a.Misses), cmp.Compare(a.Prefix, b.Prefix))
	})
	return list
}

// Check reports how useful the cache is. When the store fails, the application
// works on, only slower: that is a warning.
func (c *Component) Check(ctx context.Context) health.Node {
	s, err := c.Stats(ctx)
	n := health.Node{Status: health.Healthy}
	if s.Hits+s.Misses > 0 {
		n.Figures = append(n.Figures, health.Figure{Name: "hit ratio", Value: ratio(s.Hits, s.Misses), Unit: "percent"})
	}
	n.Figures = append(n.Figures, []health.Figure{
		{Name: "hits", Value: float64(s.Hits)},
		{Name: "misses", Value: float64(s.Misses)},
		{Name: "entries", Value: float64(s.Entries), Max: float64(s.Limit)},
		{Name: "evictions", Value: float64(s.Evictions)},
		{Name: "errors", Value: float64(s.Errors)},
	}...)
	if s.MaxBytes > 0 {
		n.Figures = append(n.Figures, health.Figure{Name: "size", Value: float64(s.Bytes), Max: float64(s.MaxBytes), Unit: "bytes"})
	}
	if s.Fallbacks > 0 {
		n.Figures = append(n.Figures, health.Figure{Name: "requests limited locally", Value: float64(s.Fallbacks)})
	}
	if err == nil {
		err = c.counts.failure(time.Now())
	}
	if err != nil {
		n.Status = health.Warning
		n.Message = "the store fails, so everything is computed each time: " + err.Error()
	}
	return n
}
