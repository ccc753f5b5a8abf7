-- Takes a call over: from now on nothing that was made under an earlier epoch can be written to it.
--
-- KEYS  1 journal, 2 state
-- ARGV  1 epoch
-- Returns the bundle and the journal, or nothing when the call was claimed under a later epoch.
if tonumber(redis.call('HGET', KEYS[2], 'epoch') or '0') > tonumber(ARGV[1]) then return nil end
redis.call('HSET', KEYS[2], 'epoch', ARGV[1])
return {redis.call('HGET', KEYS[2], 'bundle') or '', redis.call('LRANGE', KEYS[1], 0, -1)}
