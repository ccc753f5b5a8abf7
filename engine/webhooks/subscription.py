"""Which events an endpoint wants: exact types, whole families as `call.*`, or everything as `*`."""

from collections.abc import Iterable, Mapping

from engine.core.events import EVENT_TYPES
from engine.flow.suggestion import did_you_mean

EVERYTHING = "*"
ENDPOINT_EVENTS: Mapping[str, str] = {
    "endpoint.disabled": "An endpoint gets no more deliveries. endpoint, url, reason (gone or failing).",
    "endpoint.recovered": "An endpoint that was left alone for failing answers again. endpoint, url, seconds.",
    "endpoint.test": "Somebody asked for a test delivery; sent whatever the endpoint subscribed to. endpoint.",
}
"""Events about webhooks themselves. They belong to no call: their `call` and `n` are null."""


def known_types() -> tuple[str, ...]:
    """Every type an endpoint can ask for, sorted."""
    return tuple(sorted({*EVENT_TYPES, *ENDPOINT_EVENTS}))


class Subscription:
    """The wishes of one endpoint, made quick to ask."""

    __slots__ = ("_everything", "_families", "_types")

    def __init__(self, wishes: Iterable[str]) -> None:
        wanted = frozenset(wishes)
        self._everything = EVERYTHING in wanted
        self._families = frozenset(wish[:-2] for wish in wanted if wish.endswith(".*"))
        self._types = wanted

    def wants(self, event_type: str) -> bool:
        """Whether an event of this type is delivered. A family is everything before the last dot, at any depth."""
        if self._everything or event_type in self._types:
            return True
        family = event_type
        while (dot := family.rfind(".")) > 0:
            family = family[:dot]
            if family in self._families:
                return True
        return False


def wish_problem(wish: str) -> str | None:
    """What is wrong with one wish, in words for its author; None when it can ever be met."""
    if wish == EVERYTHING or wish in EVENT_TYPES or wish in ENDPOINT_EVENTS:
        return None
    types = known_types()
    if wish.endswith(".*"):
        families = sorted({name.partition(".")[0] for name in types})
        if wish[:-2] in families:
            return None
        near = did_you_mean(wish, [f"{family}.*" for family in families])
        return f'no events are called "{wish}"{near or " (families: " + ", ".join(families) + ")"}'
    near = did_you_mean(wish, [*types, EVERYTHING])
    return (
        f'there is no event "{wish}"{near}'
        if near
        else f'there is no event "{wish}" (see GET /v1/webhooks in the docs)'
    )
