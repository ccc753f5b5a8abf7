-- Appends the signals and events of any number of calls of one shard; repeating it changes nothing.
--
-- KEYS  1 events, 2 live, then for each call: journal, state; at last, for turns from an outbox, its mark
-- ARGV  1 seconds to keep a closed call, then for each call:
--       id, switch, bundle, closed (0/1), epoch, index of the first signal, number of signals, signals ...,
--       number of the first event, number of events, events ...; at last the number for the mark
-- What an owner wrote under an earlier epoch than the call was claimed under is passed over. A journal that lacks what
-- stands before the new signals was lost in part and can never be replayed: it is deleted, and its events go on.
local function number(text) return tonumber(text) end
local at, written = 2, 0
for slot = 3, #KEYS - 1, 2 do
  local journal, state = KEYS[slot], KEYS[slot + 1]
  local id, switch, bundle, closed = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local epoch = number(ARGV[at + 4])
  local first, count = number(ARGV[at + 5]), number(ARGV[at + 6])
  at = at + 7
  local known = redis.call('HMGET', state, 'epoch', 'n')
  local ours = epoch >= number(known[1] or '0')
  local have = redis.call('LLEN', journal)
  if ours and first == 0 and have == 0 then
    redis.call('HSET', state, 'switch', switch, 'bundle', bundle, 'epoch', ARGV[at - 3])
    redis.call('HSET', KEYS[2], id, switch)
  end
  if count > 0 and first > have and ours then
    redis.call('DEL', journal)
    at = at + count
  elseif count > 0 and not ours then
    at = at + count
  elseif count > 0 then
    local fresh = {}
    for index = 0, count - 1 do
      if first + index >= have then fresh[#fresh + 1] = ARGV[at + index] end
    end
    if #fresh > 0 then redis.call('RPUSH', journal, unpack(fresh)) end
    at = at + count
  end
  first, count = number(ARGV[at]), number(ARGV[at + 1])
  at = at + 2
  if count > 0 and not ours then
    at = at + count
  elseif count > 0 then
    local told = number(known[2] or '0')
    for index = 0, count - 1 do
      if first + index > told then
        redis.call('XADD', KEYS[1], '*', 'event', ARGV[at + index])
        written = written + 1
      end
    end
    if first + count - 1 > told then redis.call('HSET', state, 'n', first + count - 1) end
    at = at + count
  end
  if closed == '1' and ours then
    redis.call('HDEL', KEYS[2], id)
    redis.call('EXPIRE', state, ARGV[1])
    redis.call('EXPIRE', journal, ARGV[1])
  end
end
if #KEYS % 2 == 1 then redis.call('SET', KEYS[#KEYS], ARGV[#ARGV], 'EX', 604800) end
return written
