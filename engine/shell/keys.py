"""The names of everything in Redis. Keys one script touches carry the same hash tag, as a Redis Cluster asks."""

from collections.abc import Iterable
from zlib import crc32

PREFIX = "sb"


def shard_of(call: str, shards: int) -> int:
    """The shard a call lives in: the same for every engine that shares the Redis."""
    return crc32(call.encode()) % shards


class Keys:
    """The keys of one shard."""

    __slots__ = ("dispatcher", "events", "live", "recorded_live", "recorder", "tag")

    def __init__(self, shard: int) -> None:
        self.tag = f"{{s{shard:02d}}}"
        self.events = f"{PREFIX}:{self.tag}:events"
        """Stream of CallEvents."""
        self.live = f"{PREFIX}:{self.tag}:live"
        """Hash of live calls: call id to the switch it is on."""
        self.dispatcher = f"{PREFIX}:{self.tag}:dispatcher"
        """Lease of the process that hands this shard's events to endpoints."""
        self.recorded_live = f"{PREFIX}:{self.tag}:recorded-live"
        """Set of the calls whose records are live."""
        self.recorder = f"{PREFIX}:{self.tag}:recorder"
        """Lease of the process that keeps the records of this shard's calls."""

    def journal(self, call: str) -> str:
        """List of a call's signals."""
        return f"{PREFIX}:{self.tag}:journal:{call}"

    def state(self, call: str) -> str:
        """Hash of a call: `n` the last event number written, `bundle`, `switch`, `epoch` of its present owner."""
        return f"{PREFIX}:{self.tag}:call:{call}"

    def drained(self, outbox: str) -> str:
        """Number of the last turn of an outbox that was written here."""
        return f"{PREFIX}:{self.tag}:drained:{outbox}"


def owner_key(switch: str) -> str:
    """Which engine owns a switch."""
    return f"{PREFIX}:own:{{{switch}}}"


def bundle_key(bundle: str) -> str:
    """The sources of a version of the flows, so that a successor can replay the calls that run it."""
    return f"{PREFIX}:bundle:{bundle}"


# Webhooks

DELIVERERS = f"{PREFIX}:deliverers"
"""Set of the deliver processes that live, each scored with the millisecond its word ends."""
TENANTS = f"{PREFIX}:tenants"
"""Set of the tenants that ever had an endpoint."""
ENDPOINTS_VERSION = f"{PREFIX}:endpoints:version"
"""Number that grows with every change of any endpoint."""
REPLAY = "replay"
"""The queue of what is sent again on request; the others are named after the shard they are filled from."""


def wake_key(process: str) -> str:
    """Stream by which a deliver process ends its own wait for news."""
    return f"{PREFIX}:wake:{process}"


def endpoints_key(tenant: str) -> str:
    """Hash of a tenant's endpoints: id to JSON."""
    return f"{PREFIX}:{{t:{tenant}}}:endpoints"


class EndpointKeys:
    """The keys of one endpoint, all under one hash tag."""

    __slots__ = ("dead", "dead_bodies", "log", "owner", "parked", "slow", "state", "tag", "tries")

    def __init__(self, endpoint: str) -> None:
        self.tag = f"{{{endpoint}}}"
        start = f"{PREFIX}:{self.tag}"
        self.owner = f"{start}:owner"
        """Lease of the process that delivers."""
        self.state = f"{start}:state"
        """Hash that exists as long as the endpoint: `tenant`, counts, and when it last took or refused something."""
        self.tries = f"{start}:tries"
        """Hash of events that were tried and still hold their lane: event id to what was tried."""
        self.slow = f"{start}:slow"
        """Events on the slow schedule, scored with the millisecond they are due."""
        self.parked = f"{start}:parked"
        """Hash of the same events: event id to header and body."""
        self.dead = f"{start}:dead"
        """Events given up, scored with the millisecond that happened."""
        self.dead_bodies = f"{start}:dead:bodies"
        """Hash of the same events: event id to header and body."""
        self.log = f"{start}:log"
        """List of attempts, newest first."""

    def queue(self, source: str) -> str:
        """Stream of events to deliver; `source` is a shard, as `s00`, or `replay`."""
        return f"{PREFIX}:{self.tag}:queue:{source}"

    def everything(self, sources: Iterable[str]) -> list[str]:
        """Every key there is of it, to be removed with it."""
        fixed = (self.state, self.tries, self.slow, self.parked, self.dead, self.dead_bodies, self.log, self.owner)
        return [*fixed, *(self.queue(source) for source in sources)]


def source_of(shard: int) -> str:
    """The name of a shard among the sources of an endpoint's queues."""
    return f"s{shard:02d}"


# Orders to calls

SWITCHES = f"{PREFIX}:switches"
"""Set of the switches that engines ever served."""


def serving_key(switch: str) -> str:
    """That an engine serves a switch, as JSON; it ends by itself when the engine does."""
    return f"{PREFIX}:serving:{{{switch}}}"


def orders_key(switch: str) -> str:
    """List of the orders for a switch and its calls."""
    return f"{PREFIX}:orders:{{{switch}}}"


def answer_key(order: str) -> str:
    """List of one: what became of an order."""
    return f"{PREFIX}:answer:{{{order}}}"


class DiallingKeys:
    """The keys that hold one tenant to its limits."""

    __slots__ = ("live", "rate")

    def __init__(self, tenant: str) -> None:
        start = f"{PREFIX}:{{t:{tenant}}}:dialling"
        self.rate = f"{start}:rate"
        """Millisecond until which the calls placed so far have used up the rate."""
        self.live = f"{start}:live"
        """Calls placed and not ended, each scored with the millisecond at which it must have."""


# Records of calls


class CallKeys:
    """The keys of what is remembered of one call."""

    __slots__ = ("record", "trace")

    def __init__(self, call: str) -> None:
        start = f"{PREFIX}:{{c:{call}}}"
        self.record = f"{start}:record"
        """Hash: `n` the last event it holds, `tenant`, `json` the record as the API gives it."""
        self.trace = f"{start}:trace"
        """List of the call's events in order."""


class TenantKeys:
    """The keys of what is known about the calls of one tenant."""

    __slots__ = ("calls", "live", "start")

    def __init__(self, tenant: str) -> None:
        self.start = f"{PREFIX}:{{t:{tenant}}}"
        self.calls = f"{self.start}:calls"
        """Every call that is remembered, scored with the second it began."""
        self.live = f"{self.start}:calls:live"
        """Those of them that have not ended."""

    def found_by(self, field: str, value: str) -> str:
        """Those of them that have a value in a field."""
        return f"{self.start}:calls:by:{field}:{value}"

    def usage(self, month: str) -> str:
        """Hash of what was used in a month, as `2026-11`."""
        return f"{self.start}:usage:{month}"


# The HTTP API

API_KEYS = f"{PREFIX}:{{api-keys}}"
"""Hash of the API keys: id to JSON."""
API_KEYS_VERSION = f"{API_KEYS}:version"
"""Number that grows with every key made or revoked."""
API_KEYS_USED = f"{API_KEYS}:used"
"""Hash: id of a key to the second it was last used."""


def api_rate_key(key: str) -> str:
    """Hash of the requests of one API key in this and the last minute and hour."""
    return f"{PREFIX}:{{key:{key}}}:rate"


def session_key(digest: str) -> str:
    """Which API key somebody who is signed in to the console holds; named after the digest of their token."""
    return f"{PREFIX}:session:{{{digest}}}"


def idempotency_key(digest: str) -> str:
    """The reply to a request of one tenant and one Idempotency-Key, together hashed."""
    return f"{PREFIX}:idempotency:{{{digest}}}"
