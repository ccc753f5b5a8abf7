-- Has a call found among its tenant's, and counts it once when it has ended; repeating it changes nothing.
--
-- KEYS  1 calls, 2 live calls, 3 usage of the month, then what the call is found by
-- ARGV  1 call, 2 second it began, 3 seconds to keep it, 4 second before which calls are forgotten, 5 ended (0/1),
--       6 seconds to keep the usage, then field and amount of what was used
-- A call becomes a live one only when it is new here: one that is told again after its end was counted already.
local function found_in(key)
  local new = redis.call('ZADD', key, 'NX', ARGV[2], ARGV[1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. ARGV[4])
  redis.call('EXPIRE', key, ARGV[3])
  return new
end
if found_in(KEYS[1]) == 1 then found_in(KEYS[2]) end
for slot = 4, #KEYS do found_in(KEYS[slot]) end
if ARGV[5] == '1' and redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then
  for at = 7, #ARGV, 2 do redis.call('HINCRBY', KEYS[3], ARGV[at], ARGV[at + 1]) end
  redis.call('EXPIRE', KEYS[3], ARGV[6])
end
return 1
