package redis

import (
	"context"
	"errors"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/generators/cache/src"
)

// sessions keeps each session in a hash, and the names of a subject's sessions in
// a sorted set, by when they expire. Times are in Unix milliseconds.
type sessions struct {
	client goredis.UniversalClient
	prefix string
	fuse   fuse
}

func (s *sessions) ask(ctx context.Context, question func(context.Context) error) error {
	return s.fuse.ask(ctx, sessionTimeout, question)
}

// The scripts go by the clock of the server, which all processes share.
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

// KEYS[1] is the session; ARGV[1] is how long it lives unused.
var findScript = goredis.NewScript(now + `
local data, expires = unpack(redis.call('HMGET', KEYS[1], 'data', 'expires'))
if not data then
	return false
end
redis.call('HSET', KEYS[1], 'seen', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(0, math.min(ARGV[1], expires - now))))
return data`)

func (s *sessions) Find(ctx context.Context, id string, idle time.Duration) ([]byte, error) {
	var data []byte
	err := s.ask(ctx, func(ctx context.Context) error {
		text, err := findScript.Run(ctx, s.client, []string{s.key(id)}, idle.Milliseconds()).Text()
		if errors.Is(err, goredis.Nil) {
			return nil
		}
		data = []byte(text)
		return err
	})
	return data, err
}

// KEYS are the session and the subject's set; ARGV is how long it lives unused,
// when it expires, whether it must exist, its id, data, subject and beginning.
var saveScript = goredis.NewScript(now + `
local idle, expires, mustExist, id, data, subject, created = unpack(ARGV)
if mustExist == '1' and redis.call('EXISTS', KEYS[1]) == 0 then
	return 0
end
local left = math.max(0, expires - now)
redis.call('HSET', KEYS[1], 'data', data, 'expires', expires, 'seen', string.format('%.0f', now), 'subject', subject, 'created', created)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.min(idle, left)))
if subject ~= '' then
	redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
	redis.call('ZADD', KEYS[2], expires, id)
	redis.call('PEXPIRE', KEYS[2], string.format('%.0f', math.max(left, redis.call('PTTL', KEYS[2]))))
end
return 1`)

func (s *sessions) Save(ctx context.Context, one cache.Session, data []byte, idle time.Duration, mustExist bool) error {
	return s.ask(ctx, func(ctx context.Context) error {
		return saveScript.Run(ctx, s.client, []string{s.key(one.ID), s.setKey(one.Subject)},
			idle.Milliseconds(), one.Expires.UnixMilli(), mustExist, one.ID, data, one.Subject, one.Created.UnixMilli()).Err()
	})
}

// KEYS[1] is the session; ARGV is its id and what the key of the subject's set
// begins with.
var deleteScript = goredis.NewScript(`
local subject = redis.call('HGET', KEYS[1], 'subject')
if subject and subject ~= '' then
	redis.call('ZREM', ARGV[2] .. subject, ARGV[1])
end
return redis.call('DEL', KEYS[1])`)

func (s *sessions) Delete(ctx context.Context, id string) error {
	return s.ask(ctx, func(ctx context.Context) error {
		return deleteScript.Run(ctx, s.client, []string{s.key(id)}, id, s.setKey("")).Err()
	})
}

func (s *sessions) List(ctx context.Context, subject string) ([]cache.Session, error) {
	ids, err := s.client.ZRange(ctx, s.setKey(subject), 0, -1).Result()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	pipe := s.client.Pipeline()
	answers := make([]*goredis.SliceCmd, len(ids))
	for i, id := range ids {
		answers[i] = pipe.HMGet(ctx, s.key(id), "created", "seen", "expires")
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	var list []cache.Session
	for i, answer := range answers {
		one := cache.Session{ID: ids[i], Subject: subject}
		ended := false
		for j, field := range []*time.Time{&one.Created, &one.Seen, &one.Expires} {
			text, ok := answer.Val()[j].(string)
			ms, err := strconv.ParseInt(text, 10, 64)
			ended = ended || !ok || err != nil // unused for too long: only its name is left
			*field = time.UnixMilli(ms)
		}
		if !ended {
			list = append(list, one)
		}
	}
	return list, nil
}

func (s *sessions) key(id string) string         { return s.prefix + "id:" + id }
func (s *sessions) setKey(subject string) string { return s.prefix + "of:" + subject }
