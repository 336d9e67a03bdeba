package redis

import (
	"context"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// noEviction is the policy of a server that refuses writes when it is full,
// instead of forgetting something.
const noEviction = "noeviction"

// Check asks the servers how they are. It finds them again by itself when they
// come back.
func (c *Component) Check(ctx context.Context) health.Node {
	durable, err := read(ctx, c.client)
	if err != nil {
		return c.failure(err, c.gravity())
	}
	n := health.Node{Status: health.Healthy, Figures: figures(durable, &c.rates[0])}
	if policy := durable.info["maxmemory_policy"]; c.durableUsed.Load() && policy != "" && policy != noEviction {
		n.Status = health.Warning
		n.Message = "the server may evict queues, locks and sessions: its maxmemory-policy is " + policy + "; set it to " +
			noEviction + ", and " + c.app.Prefix() + "REDIS_CACHE_URL to another server if the cache needs eviction"
	}
	if durable.info["role"] == "slave" {
		n.Status, n.Message = health.Unhealthy, "the server is a replica, which refuses writes; use the address of the primary"
	}

	cache, err := read(ctx, c.cache)
	if c.config.CacheURL != "" {
		child := health.Node{Name: "cache", Status: health.Healthy, Figures: figures(cache, &c.rates[1])}
		if err != nil {
			child = c.failure(err, health.Warning)
			child.Name = "cache"
		}
		n.Children = []health.Node{child}
		return n
	}
	if err != nil {
		return c.failure(err, c.gravity())
	}
	n.Figures = append(n.Figures, health.Figure{Name: "cache keys", Value: float64(cache.keys)})
	return n
}

// gravity is how bad it is when the server does not answer. A cache can be done
// without: if nothing else is kept there, requests are answered all the same.
func (c *Component) gravity() health.Status {
	if c.cacheUsed.Load() && !c.durableUsed.Load() {
		return health.Warning
	}
	return health.Unhealthy
}

// failure says why a server does not answer, and what can be done.
func (c *Component) failure(err error, status health.Status) health.Node {
	message := err.Error()
	switch {
	case strings.Contains(message, "DB index is out of range"):
		message = "the server has no second database for the cache: set " + c.app.Prefix() + "REDIS_CACHE_URL"
	case strings.HasPrefix(message, "WRONGPASS"), strings.HasPrefix(message, "NOAUTH"):
		message = "the server refuses the user or password in " + c.app.Prefix() + "REDIS_URL"
	}
	return health.Node{Status: status, Message: message}
}

// figures describes a server and a database on it.
func figures(r reading, rate *commandRate) []health.Figure {
	list := []health.Figure{{Name: "latency", Value: health.Milliseconds(r.latency), Unit: "ms"}}
	if count, ok := r.info.number("total_commands_processed"); ok {
		list = append(list, health.Figure{Name: "command rate", Value: rate.update(time.Now(), count), Unit: "/s"})
	}
	if ratio, ok := r.info.hitRatio(); ok {
		list = append(list, health.Figure{Name: "hit ratio", Value: ratio, Unit: "percent"})
	}
	if used, ok := r.info.number("used_memory"); ok {
		limit, _ := r.info.number("maxmemory") // 0: there is none
		list = append(list, health.Figure{Name: "memory", Value: used, Max: limit, Unit: "bytes"})
	}
	if clients, ok := r.info.number("connected_clients"); ok {
		list = append(list, health.Figure{Name: "clients", Value: clients})
	}
	list = append(list, health.Figure{Name: "keys", Value: float64(r.keys)})
	if version := r.info["redis_version"]; version != "" {
		list = append(list,
			health.Figure{Name: "version", Text: version},
			health.Figure{Name: "role", Text: r.info["role"]})
	} else {
		list = append(list, health.Figure{Name: "version", Text: "embedded"})
	}
	return list
}
