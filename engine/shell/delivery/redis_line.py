"""One Redis connection for one greenlet: many commands in one write, no pool, no poll, nothing repeated in secret.

A broken connection is told and made anew by the next use; its scripts are loaded again with it, which also covers a
Redis that was started anew. What an answer that never came did is not known: what is asked here can be repeated.
"""

from collections.abc import Sequence
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeAlias

import gevent
import redis
from redis.exceptions import NoScriptError

Word: TypeAlias = str | bytes | int | float
Command: TypeAlias = tuple[Word, ...]


class Script:
    """One Lua script."""

    __slots__ = ("sha", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = sha1(text.encode(), usedforsecurity=False).hexdigest()

    def call(self, keys: Sequence[str], values: Sequence[Word]) -> Command:
        """The command that runs it; only on a line that was given this script."""
        return ("EVALSHA", self.sha, len(keys), *keys, *values)


def delivery_script(name: str) -> Script:
    """A script of this package by the name of its file. Raises FileNotFoundError."""
    return Script((files(__package__) / "scripts" / f"{name}.lua").read_text(encoding="utf-8"))


class RedisLine:
    """Asks Redis over a connection of its own."""

    def __init__(self, client: redis.Redis, scripts: Sequence[Script] = ()) -> None:
        self._connection = client.connection_pool.make_connection()
        self._scripts = tuple(scripts)
        self._ready = False

    def ask(self, commands: Sequence[Command], patience: float | None = None) -> list[Any]:
        """The answer to each command, in order. Raises redis.RedisError; then nobody knows which of them ran.

        `patience` is the seconds it may take in all; without it each answer has the client's own timeout.
        """
        answers = self.ask_each(commands, patience)
        for answer in answers:
            if isinstance(answer, redis.ResponseError):
                raise answer
        return answers

    def ask_each(self, commands: Sequence[Command], patience: float | None = None) -> list[Any]:
        """As `ask`, but a command that Redis refused has its ResponseError for an answer; the others ran."""
        try:
            with gevent.Timeout(patience, redis.TimeoutError("Redis gave no answer in time")):
                if not self._ready:
                    self._connection.connect()  # type: ignore[no-untyped-call]
                    self._exchange([("SCRIPT", "LOAD", script.text) for script in self._scripts])
                    self._ready = True
                answers = self._exchange(commands)
        except BaseException:
            self.close()
            raise
        if any(isinstance(answer, NoScriptError) for answer in answers):
            self.close()  # the next use loads them
        return answers

    def ask_one(self, command: Command, patience: float | None = None) -> Any:
        """The answer to one command."""
        return self.ask([command], patience)[0]

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        self._ready = False
        self._connection.disconnect()  # type: ignore[no-untyped-call]

    def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        connection = self._connection
        answers: list[Any] = []
        if not commands:
            return answers
        packed = connection.pack_commands(commands)  # type: ignore[no-untyped-call]
        connection.send_packed_command(packed, check_health=False)  # type: ignore[no-untyped-call]
        for _ in commands:
            try:
                answers.append(connection.read_response())
            except redis.ResponseError as error:
                answers.append(error)  # those after it must be read all the same
        return answers
