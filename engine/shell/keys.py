"""The names of everything in Redis. Keys one script touches carry the same hash tag, as a Redis Cluster asks."""

from zlib import crc32

PREFIX = "sb"


def shard_of(call: str, shards: int) -> int:
    """The shard a call lives in: the same for every engine that shares the Redis."""
    return crc32(call.encode()) % shards


class Keys:
    """The keys of one shard."""

    __slots__ = ("events", "live", "tag")

    def __init__(self, shard: int) -> None:
        self.tag = f"{{s{shard:02d}}}"
        self.events = f"{PREFIX}:{self.tag}:events"
        """Stream of CallEvents."""
        self.live = f"{PREFIX}:{self.tag}:live"
        """Hash of live calls: call id to the switch it is on."""

    def journal(self, call: str) -> str:
        """List of a call's signals."""
        return f"{PREFIX}:{self.tag}:journal:{call}"

    def state(self, call: str) -> str:
        """Hash of a call: `n` the last event number written, `bundle`, `switch`, `epoch` of its present owner."""
        return f"{PREFIX}:{self.tag}:call:{call}"


def owner_key(switch: str) -> str:
    """Which engine owns a switch."""
    return f"{PREFIX}:own:{{{switch}}}"


def bundle_key(bundle: str) -> str:
    """The sources of a version of the flows, so that a successor can replay the calls that run it."""
    return f"{PREFIX}:bundle:{bundle}"
