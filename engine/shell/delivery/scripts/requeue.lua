-- Moves given up or parked events back into the queue of what is sent again.
-- KEYS 1 their times, 2 what was remembered of them, 3 queue. ARGV event ids, in the order they are to go.
-- Returns how many there were.
local moved = 0
for _, event in ipairs(ARGV) do
  local remembered = redis.call('HGET', KEYS[2], event)
  local ends = remembered and string.find(remembered, '\n', 1, true)
  if ends then
    local header = cjson.decode(string.sub(remembered, 1, ends - 1))
    redis.call('XADD', KEYS[3], '*', 'i', event, 'c', header.call, 't', header.type, 'b', string.sub(remembered, ends + 1))
    redis.call('ZREM', KEYS[1], event)
    redis.call('HDEL', KEYS[2], event)
    moved = moved + 1
  end
end
return moved
