"""API keys: made once and shown once, kept as a digest, checked without asking Redis for each request.

A key reads `sb_live_<id>_<secret>`: the id is public, of the secret only HMAC-SHA256 under a pepper is kept, and the
pepper comes from the installation's key, so a copy of the Redis is no use for guessing. Who was checked is remembered
until any key is made or revoked; whether one was is looked up at most every `LOOK` seconds.
"""

import hashlib
import hmac
import re
import secrets
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
import redis
import structlog

from engine.api.ports.keys import EVERYTHING, SCOPES, Caller
from engine.core.errors import ControlError, StoreError
from engine.shell.keys import API_KEYS, API_KEYS_USED, API_KEYS_VERSION

log = structlog.get_logger("api")

PEPPER = "api-keys"
"""The purpose for which the installation's key gives the pepper."""
LOOK = 0.5
"""Seconds a revoked key may still be taken for good."""
TRUST = 300.0
"""Seconds the keys that are known are still believed while Redis is away."""
REMEMBERED = 10_000
NOTE_USE = 60.0
"""Seconds between two notes of a key's last use."""
_LETTERS = string.ascii_letters + string.digits
_FORM = re.compile(r"sb_live_([A-Za-z0-9]{8})_([A-Za-z0-9]{32})")
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept. Times are Unix time; limits of 0 are the installation's."""

    id: str
    tenant: str
    name: str
    scopes: tuple[str, ...]
    digest: str
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    per_minute: int = 0
    per_hour: int = 0
    last_used_at: float | None = None

    def is_good(self, now: float) -> bool:
        """Whether it opens anything at a time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiKeys:
    """The keys of an installation. Methods raise StoreError when Redis is away."""

    def __init__(
        self, client: redis.Redis, pepper: bytes, *, per_minute: int = 60, per_hour: int = 3600,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._redis = client
        self._pepper = pepper
        self._limits = (per_minute, per_hour)
        self._clock = clock
        self._known: dict[str, tuple[ApiKey, Caller] | None] = {}
        self._version: bytes | None = None
        self._looked = self._heard = float("-inf")
        self._noted: dict[str, float] = {}

    # Making and revoking

    def create(
        self, tenant: str, name: str, scopes: Sequence[str], *, lifetime: float | None = None, per_minute: int = 0,
        per_hour: int = 0,
    ) -> tuple[str, ApiKey]:  # fmt: skip
        """Make a key: its text, which cannot be had again, and what is kept of it. Raises ControlError.

        `lifetime` is in seconds; None is for ever.
        """
        if not _TENANT.fullmatch(tenant):
            raise ControlError("write a tenant with letters, digits, . _ and -, 63 at most")
        unknown = [scope for scope in scopes if scope not in (*SCOPES, EVERYTHING)]
        if unknown or not scopes:
            wrong = f"no such scope: {', '.join(unknown)}" if unknown else "a key needs a scope"
            raise ControlError(f"{wrong} (known: {', '.join((*SCOPES, EVERYTHING))})")
        public, secret = _chance(8), _chance(32)
        now = self._clock()
        expires = now + lifetime if lifetime is not None else None
        key = ApiKey(
            public, tenant, name[:100], tuple(dict.fromkeys(scopes)), self._digest(public, secret), now, expires,
            per_minute=per_minute, per_hour=per_hour,
        )  # fmt: skip
        try:
            with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.hset(API_KEYS, public, _as_json(key))
                pipeline.incr(API_KEYS_VERSION)
                pipeline.execute()
        except redis.RedisError as error:
            raise _away(error) from error
        return f"sb_live_{public}_{secret}", key

    def kept(self, tenant: str = "") -> list[ApiKey]:
        """Every key, or those of a tenant, oldest first, each with its last use."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.hgetall(API_KEYS)
                pipeline.hgetall(API_KEYS_USED)
                kept, used = pipeline.execute()
        except redis.RedisError as error:
            raise _away(error) from error
        keys = [replace(_from_json(text), last_used_at=_seconds(used.get(public))) for public, text in kept.items()]
        return sorted((key for key in keys if tenant in ("", key.tenant)), key=lambda key: (key.created_at, key.id))

    def revoke(self, public: str) -> ApiKey:
        """Close a key for ever, by its id or its whole text. Raises ControlError when there is none of it."""
        found = _FORM.fullmatch(public)
        public = found[1] if found else public
        revoked: ApiKey | None = None

        def close(pipeline: Any) -> None:
            nonlocal revoked
            text = pipeline.hget(API_KEYS, public)
            if text is None:
                raise ControlError(f"there is no key {public[:40]}")
            key = _from_json(text)
            revoked = key if key.revoked_at is not None else replace(key, revoked_at=self._clock())
            pipeline.multi()
            pipeline.hset(API_KEYS, public, _as_json(revoked))
            pipeline.incr(API_KEYS_VERSION)

        try:
            self._redis.transaction(close, API_KEYS)
        except redis.RedisError as error:
            raise _away(error) from error
        assert revoked is not None
        return revoked

    # Checking

    def find(self, text: str) -> Caller | None:
        """The caller behind a key as sent; None for an unknown, expired or revoked one."""
        form = _FORM.fullmatch(text)
        if form is None:
            return None
        public, secret = form.groups()
        known = self._good(public)
        if known is None or not hmac.compare_digest(self._digest(public, secret), known[0].digest):
            return None
        self._note_use(public, self._clock())
        return known[1]

    def holder(self, key: str) -> Caller | None:
        """The caller behind a key's public id, for who has shown the key before; None when it is not good any more."""
        known = self._good(key)
        return known[1] if known is not None else None

    def _good(self, public: str) -> tuple[ApiKey, Caller] | None:
        """A key that is good now."""
        self._forget_what_changed()
        known = self._known[public] if public in self._known else self._learn(public)
        return known if known is not None and known[0].is_good(self._clock()) else None

    def _forget_what_changed(self) -> None:
        now = self._clock()
        if 0 <= now - self._looked < LOOK:
            return
        self._looked = now
        try:
            version = self._redis.get(API_KEYS_VERSION)
        except redis.RedisError as error:
            if not 0 <= now - self._heard < TRUST:
                self._known.clear()
                raise _away(error) from error
            return
        self._heard = now
        if version != self._version:
            self._version = version  # type: ignore[assignment]
            self._known.clear()

    def _learn(self, public: str) -> tuple[ApiKey, Caller] | None:
        before = self._version
        try:
            text = self._redis.hget(API_KEYS, public)
        except redis.RedisError as error:
            raise _away(error) from error
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        key = _from_json(text) if text is not None else None  # type: ignore[arg-type]
        known = (key, self._caller(key)) if key is not None else None
        if self._version == before:  # else it may have been revoked while it was on its way
            self._known[public] = known
        return known

    def _caller(self, key: ApiKey) -> Caller:
        minute, hour = self._limits
        return Caller(key.id, key.tenant, frozenset(key.scopes), key.per_minute or minute, key.per_hour or hour)

    def _note_use(self, public: str, now: float) -> None:
        if 0 <= now - self._noted.get(public, float("-inf")) < NOTE_USE:
            return
        if len(self._noted) >= REMEMBERED:
            self._noted.clear()
        self._noted[public] = now
        try:
            self._redis.hset(API_KEYS_USED, public, str(int(now)))
        except redis.RedisError as error:
            log.debug("the last use of a key is not noted", key=public, error=str(error))

    def _digest(self, public: str, secret: str) -> str:
        return hmac.digest(self._pepper, f"{public}_{secret}".encode(), hashlib.sha256).hex()


def _chance(letters: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(letters))


def _as_json(key: ApiKey) -> bytes:
    record = asdict(key)
    del record["last_used_at"]
    return orjson.dumps(record)


def _from_json(text: bytes) -> ApiKey:
    record = orjson.loads(text)
    return ApiKey(**{**record, "scopes": tuple(record["scopes"])})


def _seconds(text: bytes | None) -> float | None:
    return float(text) if text is not None else None


def _away(error: redis.RedisError) -> StoreError:
    return StoreError(f"API keys cannot be read or written: {error}")
