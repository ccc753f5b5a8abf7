-- Shortens a stream of events by what all its readers have read; in an emergency by more. Done in steps: ask again as long
-- as something goes.
--
-- KEYS  1 events
-- ARGV  1 milliseconds an event is kept though it was read, 2 events kept though all were read, 3 events kept at most,
--       4 entries looked at in one step
-- Returns the number of entries removed that all had read, the entries cut off though they may be unread, each group
-- with the first entry it has not read for good, and the length of the stream now.
local stream, step = KEYS[1], tonumber(ARGV[4])
local length = redis.call('XLEN', stream)
if length == 0 then return {0, {}, {}, 0} end

local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function sooner(one, other)
  local ms, seq = parts(one)
  local other_ms, other_seq = parts(other)
  return ms < other_ms or (ms == other_ms and seq < other_seq)
end
local function next_to(id)
  local ms, seq = parts(id)
  return string.format('%.0f-%.0f', ms, seq + 1)
end

local groups, unread = {}, nil
for _, words in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = {}
  for at = 1, #words, 2 do group[words[at]] = words[at + 1] end
  local first = next_to(group['last-delivered-id'])
  if group['pending'] > 0 then
    local oldest = redis.call('XPENDING', stream, group['name'])[2]
    if sooner(oldest, first) then first = oldest end
  end
  groups[#groups + 1] = {group['name'], first}
  if not unread or sooner(first, unread) then unread = first end
end

local function up_to(id)
  if unread and sooner(unread, id) then id = unread end
  return redis.call('XTRIM', stream, 'MINID', '~', id)
end

local stamp = redis.call('TIME')
local old = tonumber(stamp[1]) * 1000 + math.floor(tonumber(stamp[2]) / 1000) - tonumber(ARGV[1])
local removed = 0
if old > 0 then removed = up_to(string.format('%.0f-0', old)) end

local over = length - removed - tonumber(ARGV[2])
if over > 0 then
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', math.min(over, step))
  removed = removed + up_to(next_to(first[#first][1]))
end

local cut = {}
over = length - removed - tonumber(ARGV[3])
if over > 0 then
  cut = redis.call('XRANGE', stream, '-', '+', 'COUNT', math.min(over, step))
  redis.call('XTRIM', stream, 'MINID', '=', next_to(cut[#cut][1]))
end
return {removed, cut, groups, redis.call('XLEN', stream)}
