-- Reserves one call for a tenant that may place so many a second and so many at the same time. Repeating it is harmless.
--
-- KEYS  1 the millisecond until which the rate is used up, 2 calls placed and not ended
-- ARGV  1 call, 2 milliseconds from call to call at the rate, 3 calls that may come at once, 4 calls at the same time,
--       5 milliseconds after which the call has ended, whatever became of who should say so
-- Returns how many milliseconds to wait: 0 when it is reserved, -1 when another call must end first.
local stamp = redis.call('TIME')
local now = tonumber(stamp[1]) * 1000 + math.floor(tonumber(stamp[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return -1 end
local interval = tonumber(ARGV[2])
local used_up = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local wait = used_up - now - (tonumber(ARGV[3]) - 1) * interval
if wait > 0 then return math.ceil(wait) end
used_up = used_up + interval
redis.call('SET', KEYS[1], string.format('%.3f', used_up), 'PX', math.ceil(used_up - now) + 1)
redis.call('ZADD', KEYS[2], string.format('%d', now + tonumber(ARGV[5])), ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 0
