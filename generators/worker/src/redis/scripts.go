package redis

import goredis "github.com/redis/go-redis/v9"

// reserve has KEYS[1] hold ARGV[1] for ARGV[2] ms unless it holds something. It
// returns what is there afterwards.
var reserve = goredis.NewScript(`
if redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then
	return ARGV[1]
end
return redis.call("GET", KEYS[1])`)

// release deletes KEYS[1] if it holds ARGV[1].
var release = goredis.NewScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then
	return redis.call("DEL", KEYS[1])
end
return 0`)

// note keeps the record ARGV[1] of a try that began at ARGV[2] while the task KEYS[1]
// is being worked on, and no later try has noted something: a process that was thought
// dead must not change what another one does, or has ended. What began after ARGV[3],
// which is now, is not later: the clock was put back. Times are in ms.
var note = goredis.NewScript(`
if redis.call("HGET", KEYS[1], "state") ~= "active" then
	return 0
end
local ok, noted = pcall(cjson.decode, redis.call("HGET", KEYS[1], "result") or "")
local began = ok and type(noted) == "table" and tonumber(noted.s) or 0
if began > tonumber(ARGV[2]) and began <= tonumber(ARGV[3]) then
	return 0
end
redis.call("HSET", KEYS[1], "result", ARGV[1])
return 1`)

// What cancel and hasten return.
const (
	outcomeMissing = iota
	outcomeDone
	outcomeActive // or, for hasten, any other state than those it is for
	outcomeEnded
)

// cancel ends the task ARGV[1] at once if it waits. It is kept among the completed
// ones. It may be sent twice, as may hasten: then it has been done.
//
// KEYS: the task, pending, scheduled, retry, completed.
// ARGV: id, when it is forgotten, its record, now in ns.
var cancel = goredis.NewScript(`
local state = redis.call("HGET", KEYS[1], "state")
if not state then
	return 0
elseif state == "active" then
	return 2
elseif state == "pending" then
	redis.call("LREM", KEYS[2], 0, ARGV[1])
elseif state == "scheduled" then
	redis.call("ZREM", KEYS[3], ARGV[1])
elseif state == "retry" then
	redis.call("ZREM", KEYS[4], ARGV[1])
elseif redis.call("HGET", KEYS[1], "canceled") == ARGV[4] then
	return 1
else
	return 3
end
redis.call("ZADD", KEYS[5], ARGV[2], ARGV[1])
redis.call("HDEL", KEYS[1], "pending_since")
redis.call("HSET", KEYS[1], "state", "completed", "result", ARGV[3], "canceled", ARGV[4])
return 1`)

// hasten makes the task ARGV[1] due if it is in one of the given states.
//
// KEYS: the task, pending, where tasks of each state are. ARGV: id, now in ns, the
// states.
var hasten = goredis.NewScript(`
local places = {}
for i = 3, #KEYS do
	places[ARGV[i]] = KEYS[i]
end
local state = redis.call("HGET", KEYS[1], "state")
if not state then
	return 0
elseif redis.call("HGET", KEYS[1], "pending_since") == ARGV[2] then
	return 1
elseif not places[state] then
	return 2
end
redis.call("ZREM", places[state], ARGV[1])
redis.call("LPUSH", KEYS[2], ARGV[1])
redis.call("HSET", KEYS[1], "state", "pending", "pending_since", ARGV[2])
return 1`)

// reap gives back the task ARGV[1] if its lease is over: its process has died. When
// as many have died with it as there were tries left, it is dead.
//
// KEYS: the task, lease, active, pending, archived.
// ARGV: id, when the lease must have ended, now in ns, now in s, how many processes
// may die with it, the record of the dead.
var reap = goredis.NewScript(`
local lease = redis.call("ZSCORE", KEYS[2], ARGV[1])
if not lease or tonumber(lease) > tonumber(ARGV[2]) then
	return 0
end
redis.call("ZREM", KEYS[2], ARGV[1])
if redis.call("LREM", KEYS[3], 0, ARGV[1]) == 0 then
	return 0
elseif redis.call("HINCRBY", KEYS[1], "lost", 1) > tonumber(ARGV[5]) then
	redis.call("ZADD", KEYS[5], ARGV[4], ARGV[1])
	redis.call("HSET", KEYS[1], "state", "archived", "result", ARGV[6])
else
	redis.call("RPUSH", KEYS[4], ARGV[1])
	redis.call("HSET", KEYS[1], "state", "pending", "pending_since", ARGV[3])
end
return 1`)

// forget deletes the dead that died before ARGV[1]. ARGV[2] is the prefix of tasks.
var forget = goredis.NewScript(`
local ids = redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", ARGV[1], "LIMIT", 0, 100)
for _, id in ipairs(ids) do
	redis.call("ZREM", KEYS[1], id)
	redis.call("DEL", ARGV[2] .. id)
end
return #ids`)
