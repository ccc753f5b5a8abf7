-- Takes or keeps the ownership of a switch. KEYS 1 owner. ARGV 1 owner, 2 epoch held (0 = none), 3 milliseconds to live.
-- Returns the epoch held now, or 0 when another engine owns it.
local owner = redis.call('HGET', KEYS[1], 'owner')
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
local held = tonumber(ARGV[2])
local stamp = redis.call('TIME')
local now = tonumber(stamp[1]) * 1000 + math.floor(tonumber(stamp[2]) / 1000)
local till = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
if held > 0 then
  -- A Redis that lost its memory knows no owner: whoever holds the lease then keeps it.
  if owner and (owner ~= ARGV[1] or epoch ~= held) then return 0 end
  epoch = held
else
  if owner and owner ~= ARGV[1] and till > now then return 0 end
  epoch = math.max(epoch + 1, now)
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', string.format('%d', epoch), 'until', string.format('%d', now + tonumber(ARGV[3])))
return epoch
