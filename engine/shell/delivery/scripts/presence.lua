-- Says that a deliver process lives, and which others do.
--
-- KEYS  1 deliverers
-- ARGV  1 its name ('' to only look), 2 milliseconds its word holds (0: it leaves)
-- Returns the names of those that live, then the milliseconds until the first of the others must speak again.
local stamp = redis.call('TIME')
local now = tonumber(stamp[1]) * 1000 + math.floor(tonumber(stamp[2]) / 1000)
if ARGV[2] == '0' then
  redis.call('ZREM', KEYS[1], ARGV[1])
elseif ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local living, first = {}, -1
local found = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for index = 1, #found, 2 do
  living[#living + 1] = found[index]
  if found[index] ~= ARGV[1] and (first < 0 or tonumber(found[index + 1]) - now < first) then
    first = tonumber(found[index + 1]) - now
  end
end
return {living, first}
