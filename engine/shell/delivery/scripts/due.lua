-- Events of the slow schedule whose time has come. KEYS 1 slow, 2 parked. ARGV 1 millisecond now, 2 most of them.
-- Returns the millisecond the next one is due after these ('' for none), then event id and what was remembered, by turns.
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
local after = redis.call('ZRANGE', KEYS[1], #found, #found, 'WITHSCORES')
local answer = {after[2] or ''}
for _, event in ipairs(found) do
  answer[#answer + 1] = event
  answer[#answer + 1] = redis.call('HGET', KEYS[2], event) or ''
end
return answer
