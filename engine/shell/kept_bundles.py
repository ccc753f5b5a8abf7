"""The versions of the flows that Redis keeps: which there are, how many live calls run each, and their sources."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson
import redis

from engine.core.errors import ControlError, StoreError
from engine.flow.loader import FLOW_SUFFIX
from engine.shell.keys import Keys, bundle_key

PER_LOOK = 1000
"""Keys, or calls, that are looked at in one question."""


@dataclass(frozen=True, slots=True)
class KeptBundle:
    """One version. `expires` is in seconds, None for never; it is gone from Redis when `kept` is False."""

    id: str
    calls: int = 0
    flows: int = 0
    expires: float | None = None
    kept: bool = True


class KeptBundles:
    """The versions in one Redis."""

    def __init__(self, client: redis.Redis, *, shards: int = 1) -> None:
        self._redis: Any = client
        self._shards = [Keys(number) for number in range(shards)]

    def known(self) -> list[KeptBundle]:
        """Every version that is kept or that a live call runs, the one kept last first. Raises StoreError."""
        try:
            calls = self.live_calls()
            ids = self._ids()
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in ids:
                    pipeline.pttl(bundle_key(name))
                    pipeline.get(bundle_key(name))
                answers = pipeline.execute()
        except redis.RedisError as error:
            raise _away(error) from None
        found = []
        for name, left, text in zip(ids, answers[::2], answers[1::2], strict=True):
            if text is not None:
                flows = sum(path.endswith(FLOW_SUFFIX) for path in orjson.loads(text))
                found.append(KeptBundle(name, calls.pop(name, 0), flows, left / 1000 if left >= 0 else None))
        found.sort(key=lambda kept: (kept.expires is not None, -(kept.expires or 0.0), kept.id))
        return found + [KeptBundle(name, count, kept=False) for name, count in sorted(calls.items())]

    def live_calls(self) -> Counter[str]:
        """Live calls by the version each runs. Raises redis.RedisError."""
        counts: Counter[str] = Counter()
        for keys in self._shards:
            live: list[bytes] = self._redis.hkeys(keys.live)
            for start in range(0, len(live), PER_LOOK):
                with self._redis.pipeline(transaction=False) as pipeline:
                    for call in live[start : start + PER_LOOK]:
                        pipeline.hget(keys.state(call.decode()), "bundle")
                    counts.update(bundle.decode() for bundle in pipeline.execute() if bundle)
        return counts

    def sources(self, start: str) -> tuple[str, dict[str, str]]:
        """The id and the sources of the version whose id begins so. Raises ControlError and StoreError."""
        try:
            ids = [name for name in self._ids() if name.startswith(start)]
            if len(ids) > 1:
                raise ControlError(f"{start[:40]} begins the ids of {len(ids)} versions: {', '.join(sorted(ids)[:5])}")
            text = self._redis.get(bundle_key(ids[0])) if ids else None
        except redis.RedisError as error:
            raise _away(error) from None
        if text is None:
            raise ControlError(f"{start[:80]} is neither a folder nor a version that Redis keeps (see: flow bundles)")
        return ids[0], orjson.loads(text)

    def texts(self, bundle: str) -> dict[str, str]:
        """The sources of the version of this very id; none when it is not kept any more. Raises StoreError."""
        try:
            text = self._redis.get(bundle_key(bundle))
        except redis.RedisError as error:
            raise _away(error) from None
        found: dict[str, str] = orjson.loads(text) if text is not None else {}
        return found

    def _ids(self) -> list[str]:
        """The ids of all kept versions."""
        start = bundle_key("")
        found = {key.decode().removeprefix(start) for key in self._redis.scan_iter(f"{start}*", count=PER_LOOK)}
        return sorted(found)


def _away(error: redis.RedisError) -> StoreError:
    return StoreError(f"versions of the flows cannot be read from Redis: {error}")
