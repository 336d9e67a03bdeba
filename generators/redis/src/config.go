package redis

import (
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Config is what the clients read from the environment.
type Config struct {
	URL         serverURL     `env:"REDIS_URL" secret:"true" doc:"Redis server, redis:// or rediss:// with TLS; none in development: an embedded one"`
	CacheURL    serverURL     `env:"REDIS_CACHE_URL" secret:"true" doc:"Redis server for the cache; none: the database after that of REDIS_URL"`
	CAFile      string        `env:"REDIS_CA_FILE" doc:"File with the certificates that the server's own is checked against; none: those of the system"`
	PoolSize    int           `env:"REDIS_POOL_SIZE" envDefault:"0" min:"0" max:"10000" doc:"Connections to the server at most; 0 is ten for each processor"`
	DialTimeout time.Duration `env:"REDIS_DIAL_TIMEOUT" envDefault:"2s" min:"50ms" max:"1m" doc:"How long to wait for a new connection"`
	Timeout     time.Duration `env:"REDIS_TIMEOUT" envDefault:"2s" min:"50ms" max:"1m" doc:"How long to wait for the answer to a command"`
	Retries     int           `env:"REDIS_RETRIES" envDefault:"2" min:"0" max:"10" doc:"How often a command is tried again when the connection breaks"`
}

// serverURL names a server and a database on it, and how to sign in.
type serverURL string

// UnmarshalText accepts what the client can connect to. The error does not
// repeat the text, which holds a password.
func (u *serverURL) UnmarshalText(text []byte) error {
	if len(text) > 0 {
		if _, err := goredis.ParseURL(string(text)); err != nil {
			return errors.New("want redis://user:password@host:6379/0, rediss:// for TLS, or unix:///path?db=0")
		}
	}
	*u = serverURL(text)
	return nil
}

// options returns those of the durable client and of the cache.
func (c Config) options(name string) (durable, cache *goredis.Options) {
	durable = c.parse(c.URL, name)
	if c.CacheURL != "" {
		return durable, c.parse(c.CacheURL, name)
	}
	cache = c.parse(c.URL, name)
	cache.DB++
	return durable, cache
}

// The sizes of the buffers of each connection, for reading and for writing, in bytes.
// The client would have eight times as much; most commands and answers are short.
const (
	bufferSize         = 4 << 10
	pipelineBufferSize = 16 << 10
)

// parse returns the options for one server. What its URL says wins.
func (c Config) parse(u serverURL, name string) *goredis.Options {
	o := &goredis.Options{}
	if u != "" {
		var err error
		if o, err = goredis.ParseURL(string(u)); err != nil {
			panic("redis: " + err.Error()) // serverURL takes no other
		}
	}
	o.ClientName = orElse(o.ClientName, name)
	o.PoolSize = orElse(o.PoolSize, c.PoolSize)
	o.DialTimeout = orElse(o.DialTimeout, c.DialTimeout)
	o.ReadTimeout = orElse(o.ReadTimeout, c.Timeout)
	o.WriteTimeout = orElse(o.WriteTimeout, c.Timeout)
	o.MaxRetries = orElse(o.MaxRetries, c.Retries)
	o.MaxRetries = orElse(o.MaxRetries, -1) // for the client, 0 is three
	o.DialerRetries = 1                     // MaxRetries tries again already
	o.ReadBufferSize, o.WriteBufferSize = bufferSize, bufferSize
	o.PipelineReadBufferSize, o.PipelineWriteBufferSize = pipelineBufferSize, pipelineBufferSize
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o
}

// orElse returns v, or other if v is zero.
func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}
