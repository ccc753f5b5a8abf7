-- Counts one request of an API key in a minute and an hour, if both have room. KEYS 1 counts.
-- ARGV 1 requests a minute, 2 requests an hour. Returns allowed (1 or 0), then of the window nearest to its limit: the
-- limit, what remains, milliseconds until none of it counts any more; last the milliseconds until a request is allowed again.
--
-- A window slides: what the window before counted weighs as much as it still overlaps the last minute or hour.
local stamp = redis.call('TIME')
local now = tonumber(stamp[1]) * 1000 + math.floor(tonumber(stamp[2]) / 1000)
local kept = redis.call('HMGET', KEYS[1], 'm', 'm1', 'm0', 'h', 'h1', 'h0')

local function window(length, limit, number, count, before)
  local current = math.floor(now / length)
  local last = tonumber(number) or -1
  local here, old = 0, 0
  if last == current then
    here, old = tonumber(count) or 0, tonumber(before) or 0
  elseif last == current - 1 then
    old = tonumber(count) or 0
  end
  local passed = now - current * length
  local used = here + old * (1 - passed / length)
  local wait = 0
  if used + 1 > limit then
    if here + 1 <= limit then
      wait = math.ceil(length * (1 - (limit - 1 - here) / old) - passed)
    else
      wait = length - passed + math.max(0, math.ceil(length * (1 - (limit - 1) / here)))
    end
    wait = math.max(1, wait)
  end
  return {number = current, here = here, old = old, used = used, wait = wait, limit = limit, fresh = 2 * length - passed}
end

local minute = window(60000, tonumber(ARGV[1]), kept[1], kept[2], kept[3])
local hour = window(3600000, tonumber(ARGV[2]), kept[4], kept[5], kept[6])
local wait = math.max(minute.wait, hour.wait)
local allowed = 0
if wait == 0 then
  allowed = 1
  for _, counted in ipairs({minute, hour}) do
    counted.here = counted.here + 1
    counted.used = counted.used + 1
  end
  redis.call('HSET', KEYS[1], 'm', minute.number, 'm1', minute.here, 'm0', minute.old,
    'h', hour.number, 'h1', hour.here, 'h0', hour.old)
  redis.call('PEXPIRE', KEYS[1], 7200000)
end
local nearest = minute
if minute.wait < hour.wait or (minute.wait == hour.wait and hour.limit - hour.used < minute.limit - minute.used) then
  nearest = hour
end
return {allowed, nearest.limit, math.max(0, math.floor(nearest.limit - nearest.used)), nearest.fresh, wait}
