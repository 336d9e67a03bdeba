package redis

import (
	"context"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// info is what a server says of itself, by name. The embedded server says very
// little, so everything may be missing.
type info map[string]string

func parseInfo(text string) info {
	i := info{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			i[name] = value
		}
	}
	return i
}

// number returns the value of that name, and false if there is none.
func (i info) number(name string) (float64, bool) {
	v, err := strconv.ParseFloat(i[name], 64)
	return v, err == nil
}

// hitRatio returns how many percent of the keys that were asked for were there.
func (i info) hitRatio() (float64, bool) {
	hits, _ := i.number("keyspace_hits")
	misses, _ := i.number("keyspace_misses")
	if hits+misses == 0 {
		return 0, false
	}
	return 100 * hits / (hits + misses), true
}

// reading is what a look at a database and its server found.
type reading struct {
	latency time.Duration
	info    info
	keys    int64 // of the database
}

func read(ctx context.Context, client *goredis.Client) (reading, error) {
	began := time.Now()
	if err := client.Ping(ctx).Err(); err != nil {
		return reading{}, err
	}
	r := reading{latency: time.Since(began)}
	pipe := client.Pipeline()
	text, keys := pipe.Info(ctx), pipe.DBSize(ctx)
	if _, err := pipe.Exec(ctx); err != nil {
		return reading{}, err
	}
	r.info, r.keys = parseInfo(text.Val()), keys.Val()
	return r, nil
}

// commandRate turns the count of all commands into one per second.
type commandRate struct {
	at    time.Time
	count float64
}

// update returns the rate since the last update, 0 with the first one and after
// the server was started again.
func (r *commandRate) update(now time.Time, count float64) float64 {
	before := *r
	*r = commandRate{at: now, count: count}
	seconds := now.Sub(before.at).Seconds()
	if before.at.IsZero() || seconds <= 0 || count < before.count {
		return 0
	}
	return (count - before.count) / seconds
}
