-- Writes down what attempts came to, many at once; repeating it changes nothing.
--
-- KEYS  1 owner, 2 state, 3 tries, 4 slow, 5 parked, 6 dead, 7 dead bodies, 8 log, then the queues
-- ARGV  1 name and 2 epoch of the owner, 3 attempts kept in the log, 4 dead letters kept, 5 millisecond now,
--       6 number of fields of the state to set, the fields, then for each attempt:
--       what, queue (0: it came from the slow schedule), entry id, event id, due, remembered, line for the log
-- What  done; lane: it is tried again and holds its lane; slow: it is tried again later; dead: it is given up;
--       note: only the log is told.
-- Returns how many were written down, or -1 when another process owns the endpoint.
local owner = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if owner[1] and (owner[1] ~= ARGV[1] or owner[2] ~= ARGV[2]) then return -1 end
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
local fields = tonumber(ARGV[6])
if fields > 0 then
  local set = {}
  for index = 1, fields * 2 do set[index] = ARGV[6 + index] end
  redis.call('HSET', KEYS[2], unpack(set))
end
local delivered, failed, lines = 0, 0, {}
for at = 7 + fields * 2, #ARGV, 7 do
  local what, queue, entry, event = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  local due, remembered = ARGV[at + 4], ARGV[at + 5]
  local first
  if what == 'note' then
    first = true
  elseif what == 'lane' then
    first = redis.call('HGET', KEYS[3], event) ~= remembered
    if first then redis.call('HSET', KEYS[3], event, remembered) end
  elseif queue > 0 then
    first = redis.call('XDEL', KEYS[8 + queue], entry) == 1
    if first then
      redis.call('HDEL', KEYS[3], event)
      if what == 'slow' then
        redis.call('ZADD', KEYS[4], due, event)
        redis.call('HSET', KEYS[5], event, remembered)
      end
    end
  elseif what == 'slow' then
    local known = redis.call('HGET', KEYS[5], event)
    first = known and known ~= remembered
    if first then
      redis.call('ZADD', KEYS[4], due, event)
      redis.call('HSET', KEYS[5], event, remembered)
    end
  else
    first = redis.call('ZREM', KEYS[4], event) == 1
    if first then redis.call('HDEL', KEYS[5], event) end
  end
  if first then
    if what == 'dead' then
      redis.call('ZADD', KEYS[6], ARGV[5], event)
      redis.call('HSET', KEYS[7], event, remembered)
    end
    if what == 'done' then delivered = delivered + 1 else failed = failed + 1 end
    lines[#lines + 1] = ARGV[at + 6]
  end
end
if delivered > 0 then redis.call('HINCRBY', KEYS[2], 'delivered', delivered) end
if failed > 0 then redis.call('HINCRBY', KEYS[2], 'failed', failed) end
if #lines > 0 then
  redis.call('LPUSH', KEYS[8], unpack(lines))
  redis.call('LTRIM', KEYS[8], 0, tonumber(ARGV[3]) - 1)
end
local over = redis.call('ZCARD', KEYS[6]) - tonumber(ARGV[4])
if over > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[6], over)
  for index = 1, #oldest, 2 do redis.call('HDEL', KEYS[7], oldest[index]) end
end
return #lines
