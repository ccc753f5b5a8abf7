-- Keeps the record of a call and adds to its trace; repeating it, or an older state of it, changes nothing.
--
-- KEYS  1 record, 2 trace
-- ARGV  1 number of the last event the record holds, 2 tenant, 3 the record as JSON, 4 seconds to keep it,
--       then number and text of each event
-- Returns 1 when it was kept. The same number again replaces a record that gives no events: it is an amendment.
local have = tonumber(redis.call('HGET', KEYS[1], 'n') or '0')
local last = tonumber(ARGV[1])
if last < have or (last == have and #ARGV > 4) then return 0 end
redis.call('HSET', KEYS[1], 'n', ARGV[1], 'tenant', ARGV[2], 'json', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
if #ARGV > 4 then
  for at = 5, #ARGV, 2 do
    if tonumber(ARGV[at]) > have then redis.call('RPUSH', KEYS[2], ARGV[at + 1]) end
  end
  redis.call('EXPIRE', KEYS[2], ARGV[4])
end
return 1
