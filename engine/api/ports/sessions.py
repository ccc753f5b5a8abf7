"""Who is signed in to the console. A browser holds a random token; which key it stands for is known here alone."""

from typing import Protocol

LIFETIME = 12 * 3600
"""Seconds after which one has to sign in again."""


class Sessions(Protocol):
    """The sessions of an installation. Each method raises StoreError when Redis is away."""

    def open(self, key: str) -> str:
        """Begin a session for a key, named by its public id. The token for the browser, which nobody can guess."""

    def find(self, token: str) -> str | None:
        """The public id of the key behind a token; None when there is no such session, or not any more."""

    def close(self, token: str) -> None:
        """End a session, if there is one."""
