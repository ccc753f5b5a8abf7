"""Replies that are kept, so that a POST sent twice under one Idempotency-Key happens once."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A reply as it was given the first time."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known about a key: it is `new` (go on, then finish or give up), `done` (here is the reply), `running`
    (the first request is not answered yet) or `other` (it was used with another request).
    """

    state: Literal["new", "done", "running", "other"]
    reply: KeptReply | None = None


class Idempotency(Protocol):
    """Keeps replies for a day. Each method raises StoreError when Redis is away."""

    def begin(self, tenant: str, key: str, fingerprint: str) -> Begun:
        """Look a key up, and take it when it is new; `fingerprint` names the request's method, path and body."""

    def finish(self, tenant: str, key: str, fingerprint: str, reply: KeptReply) -> None:
        """Keep the reply for whoever asks again."""

    def give_up(self, tenant: str, key: str) -> None:
        """Forget a key whose request failed, so that it may be tried again."""
