"""One Redis connection kept for one script: no pool, no poll before each command, no hidden retry.

A call's turns are the busiest commands of the engine, and the general client spends several times the work of the
command on choosing a connection for it. What is sent here may be repeated, so a broken connection is simply made anew.
"""

from hashlib import sha1

import redis
from redis.exceptions import NoScriptError


class RedisWriter:
    """Runs one Lua script over a connection of its own."""

    def __init__(self, client: redis.Redis, script: str) -> None:
        self._connection = client.connection_pool.make_connection()
        self._script = script
        self._sha = sha1(script.encode(), usedforsecurity=False).hexdigest()

    def run(self, keys: list[str], values: list[str | bytes | int]) -> object:
        """Run the script once and return its answer. Raises redis.RedisError; then nobody knows whether it ran."""
        connection = self._connection
        try:
            connection.connect()  # type: ignore[no-untyped-call]
            connection.send_command(  # type: ignore[no-untyped-call]
                "EVALSHA", self._sha, len(keys), *keys, *values, check_health=False
            )
            try:
                return connection.read_response()
            except NoScriptError:
                connection.send_command(  # type: ignore[no-untyped-call]
                    "EVAL", self._script, len(keys), *keys, *values, check_health=False
                )
                return connection.read_response()
        except redis.ResponseError:
            raise
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()  # type: ignore[no-untyped-call]
