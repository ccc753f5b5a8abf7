-- Says how far a shard's events were handed to endpoints. KEYS 1 lease, 2 events. ARGV 1 owner, 2 epoch, 3 group, 4 id.
-- Returns 1, or 0 when another process holds the lease: nothing was changed, and whoever asks must stop.
local lease = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if lease[1] and (lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2]) then return 0 end
redis.call('XGROUP', 'SETID', KEYS[2], ARGV[3], ARGV[4])
return 1
