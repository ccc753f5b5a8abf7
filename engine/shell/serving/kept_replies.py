"""Replies kept for a day under the Idempotency-Key of their request, sealed: a reply can hold a secret shown once."""

import base64
import hashlib

import orjson
import redis

from engine.api.ports.idempotency import Begun, KeptReply
from engine.core.errors import StoreError
from engine.shell.installation_key import InstallationKey
from engine.shell.keys import idempotency_key

KEPT_FOR = 24 * 3600
"""Seconds a reply is kept."""
RUNS_FOR = 60
"""Seconds after which a request that was never answered (its process died) may be tried again."""


class KeptReplies:
    """The replies of all tenants. Methods raise StoreError when Redis is away."""

    def __init__(self, client: redis.Redis, key: InstallationKey) -> None:
        self._redis = client
        self._key = key

    def begin(self, tenant: str, key: str, fingerprint: str) -> Begun:
        """Look a key up, and take it when it is new."""
        name = _name(tenant, key)
        try:
            # with `get` the old value is returned, whether or not the new one is taken (Redis 7.0)
            kept = self._redis.set(name, _running(fingerprint), nx=True, ex=RUNS_FOR, get=True)
        except redis.RedisError as error:
            raise _away(error) from error
        if kept is None:
            return Begun("new")
        record = orjson.loads(kept)  # type: ignore[arg-type]
        if record["of"] != fingerprint:
            return Begun("other")
        if "body" not in record:
            return Begun("running")
        try:
            body = base64.b64decode(self._key.unseal(record["body"]))
        except ValueError as error:
            raise StoreError(f"a kept reply cannot be read: {error}") from error
        return Begun("done", KeptReply(record["status"], record["type"], body))

    def finish(self, tenant: str, key: str, fingerprint: str, reply: KeptReply) -> None:
        """Keep the reply for whoever asks again."""
        body = self._key.seal(base64.b64encode(reply.body).decode())
        record = {"of": fingerprint, "status": reply.status, "type": reply.content_type, "body": body}
        try:
            self._redis.set(_name(tenant, key), orjson.dumps(record), ex=KEPT_FOR)
        except redis.RedisError as error:
            raise _away(error) from error

    def give_up(self, tenant: str, key: str) -> None:
        """Forget a key whose request failed, so that it may be tried again."""
        try:
            self._redis.delete(_name(tenant, key))
        except redis.RedisError as error:
            raise _away(error) from error


def _name(tenant: str, key: str) -> str:
    return idempotency_key(hashlib.sha256(f"{tenant}\0{key}".encode()).hexdigest())


def _running(fingerprint: str) -> bytes:
    return orjson.dumps({"of": fingerprint})


def _away(error: redis.RedisError) -> StoreError:
    return StoreError(f"a reply cannot be kept or found: {error}")
