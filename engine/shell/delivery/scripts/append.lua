-- Appends events to one queue of an endpoint, in order; repeating it changes nothing.
--
-- KEYS  1 state, 2 queue
-- ARGV  1 most entries the queue may hold, then for each event: entry id, event id, call, type, body
-- An entry id not greater than the last one ever appended was appended before: it is passed over.
-- Returns how many were appended, -1 when the endpoint is gone, -2 when the queue is full (then nothing is appended).
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[1]) then return -2 end
local appended = 0
for at = 2, #ARGV, 5 do
  local answer = redis.pcall('XADD', KEYS[2], ARGV[at],
    'i', ARGV[at + 1], 'c', ARGV[at + 2], 't', ARGV[at + 3], 'b', ARGV[at + 4])
  if type(answer) == 'table' and answer.err then
    if not string.find(answer.err, 'equal or smaller', 1, true) then return answer end
  else
    appended = appended + 1
  end
end
return appended
