"""Sessions of the console in Redis. Only the digest of a token is kept: who reads the Redis cannot sign in with it."""

import hashlib
import secrets

import redis

from engine.api.ports.sessions import LIFETIME
from engine.core.errors import StoreError
from engine.shell.keys import session_key

TOKEN_BYTES = 32


class ConsoleSessions:
    """The sessions of all tenants. Methods raise StoreError when Redis is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def open(self, key: str) -> str:
        """Begin a session for the API key of this id: the token for the browser."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            self._redis.set(_name(token), key, ex=LIFETIME)
        except redis.RedisError as error:
            raise _away(error) from error
        return token

    def find(self, token: str) -> str | None:
        """The id of the API key of a session; None when there is none, or not any more."""
        try:
            key: bytes | None = self._redis.get(_name(token))  # type: ignore[assignment]
        except redis.RedisError as error:
            raise _away(error) from error
        return key.decode() if key is not None else None

    def close(self, token: str) -> None:
        """End a session, if there is one."""
        try:
            self._redis.delete(_name(token))
        except redis.RedisError as error:
            raise _away(error) from error


def _name(token: str) -> str:
    return session_key(hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest())


def _away(error: redis.RedisError) -> StoreError:
    return StoreError(f"sessions cannot be read or written: {error}")
