-- Replaces an endpoint's record if it is still the one that was read. KEYS 1 endpoints. ARGV 1 id, 2 before, 3 after.
-- Returns 1, or 0 when somebody else changed or deleted it meanwhile.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
