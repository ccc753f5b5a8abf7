"""One Redis connection kept for one script: no pool, no poll before each command, no hidden retry.

A call's turns are the busiest commands of the engine, and the general client spends several times the work of the
command on choosing a connection for it. What is sent here may be repeated, so a broken connection is simply made anew.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha1
from itertools import islice
from typing import Any

import redis
from hiredis import pack_command
from redis.exceptions import NoScriptError

AT_ONCE = 32
"""Runs repeated in one round trip."""


class RedisWriter:
    """Runs one Lua script over a connection of its own."""

    def __init__(self, client: redis.Redis, script: str) -> None:
        self._connection = client.connection_pool.make_connection()
        self._script = script
        self._sha = sha1(script.encode(), usedforsecurity=False).hexdigest()
        self.sent: Sequence[bytes] = ()
        """The last run as it went over the wire, for `repeat`."""

    def run(self, keys: list[str], values: list[str | bytes | int]) -> object:
        """Run the script once and return its answer. Raises redis.RedisError; then nobody knows whether it ran."""
        connection = self._connection
        try:
            if not connection.is_connected:
                connection.connect()  # type: ignore[no-untyped-call]
            words: Any = ("EVALSHA", self._sha, len(keys), *keys, *values)  # its stub takes tuples of one word only
            self.sent = (pack_command(words),)
            connection.send_packed_command(self.sent, check_health=False)  # type: ignore[no-untyped-call]
            try:
                return connection.read_response()
            except NoScriptError:
                connection.send_command(  # type: ignore[no-untyped-call]
                    "EVAL", self._script, len(keys), *keys, *values, check_health=False
                )
                return connection.read_response()
        except redis.ReadOnlyError:
            connection.disconnect()  # type: ignore[no-untyped-call]  # a master no more: the next connection finds its successor
            raise
        except redis.ResponseError:
            raise
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise

    def identity(self) -> str:
        """Which run of which Redis is connected; empty when it does not say. Raises redis.RedisError."""
        try:
            answer = self._ask("INFO", "server")
        except redis.ResponseError:
            return ""
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        return next((line[7:].strip() for line in text.splitlines() if line.startswith("run_id:")), "")

    def repeat(self, runs: Iterable[Sequence[bytes]]) -> None:
        """Send what was `sent` before again, in order, a few at once. Raises redis.RedisError at the first refusal."""
        self._ask("SCRIPT LOAD", self._script)
        connection, waiting = self._connection, iter(runs)
        try:
            while some := list(islice(waiting, AT_ONCE)):
                connection.send_packed_command(  # type: ignore[no-untyped-call]
                    [part for run in some for part in run], check_health=False
                )
                for _ in some:
                    connection.read_response()
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call]  # answers may still be on their way
            raise

    def _ask(self, *words: str) -> object:
        connection = self._connection
        try:
            connection.connect()  # type: ignore[no-untyped-call]
            connection.send_command(*words, check_health=False)  # type: ignore[no-untyped-call]
            return connection.read_response()
        except redis.ResponseError:
            raise
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()  # type: ignore[no-untyped-call]
