"""What is counted on the steps of flows: calls that are or were there, or how often tests ran them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log1p
from typing import Any, Literal

from engine.core.errors import ControlError
from engine.flow.checked_project import within
from engine.flow.document import Block, Flow

LONGEST_KEY = 300


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by block, as (flow, block), and by step, as (flow, block, number of the step in its block).

    Steps are numbered from 0 in the order of the file, those written inside other steps too.
    """

    shows: Literal["calls", "coverage"]
    blocks: Mapping[tuple[str, str], int] = field(default_factory=dict)
    steps: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    flows: Mapping[str, int] = field(default_factory=dict)

    def block_heat(self, flow: Flow, block: Block) -> tuple[float, str]:
        """The shade of a block, from 0 to 1, and the number to show on it."""
        if self.shows == "coverage":
            return _share([self.steps.get((flow.name, block.name, n), 0) for n in range(step_count(block))])
        return _warmth(self.blocks.get((flow.name, block.name), 0), self.blocks.values())

    def flow_heat(self, flow: Flow) -> tuple[float, str]:
        """The same of a whole flow."""
        if self.shows == "coverage":
            numbers = [(block.name, n) for block in flow.blocks.values() for n in range(step_count(block))]
            return _share([self.steps.get((flow.name, *number), 0) for number in numbers])
        return _warmth(self.flows.get(flow.name, 0), self.flows.values())

    def step_hits(self, flow: Flow, block: Block, number: int) -> int | None:
        """How often a step was run; None when only blocks were counted."""
        key = (flow.name, block.name, number)
        return self.steps.get(key, 0) if self.shows == "coverage" else self.steps.get(key)


def step_count(block: Block) -> int:
    """How many steps a block has, those written inside others too."""
    return sum(1 for step in block.steps for _ in within(step))


def calls_tally(places: Iterable[Mapping[str, Any] | None]) -> Tally:
    """Calls by the place each is in, or was in last, as records of calls tell it."""
    blocks: Counter[tuple[str, str]] = Counter()
    flows: Counter[str] = Counter()
    for place in places:
        if place is not None:
            flows[str(place["flow"])] += 1
            blocks[str(place["flow"]), str(place["block"])] += 1
    return Tally("calls", blocks, {}, flows)


def coverage_tally(text: str, name: str = "the coverage") -> Tally:
    """Counts of a JSON object `{"flow:block:step": hits}`. Raises ControlError saying what is wrong with it."""
    try:
        written = json.loads(text)
    except ValueError as error:
        raise ControlError(f"{name} is no JSON: {error}") from None
    if not isinstance(written, dict):
        raise ControlError(f'{name}: write an object such as {{"support:greet:0": 12}}')
    steps: dict[tuple[str, str, int], int] = {}
    for key, hits in written.items():
        flow, _, rest = key.partition(":")
        block, _, step = rest.partition(":")
        if not (block and step.isascii() and step.isdecimal() and len(key) <= LONGEST_KEY):
            raise ControlError(f"{name}: {key[:80]!r} is not as flow:block:step")
        if not isinstance(hits, int) or isinstance(hits, bool) or hits < 0:
            raise ControlError(f"{name}: {key[:80]!r} has no count but {str(hits)[:40]!r}")
        steps[flow, block, int(step)] = hits
    return Tally("coverage", {}, steps)


def _share(hits: list[int]) -> tuple[float, str]:
    run = sum(1 for each in hits if each)
    return (run / len(hits), f"{run}/{len(hits)}") if hits else (1.0, "")


def _warmth(count: int, others: Iterable[int]) -> tuple[float, str]:
    return (log1p(count) / log1p(max(others)), f"{count:,}") if count else (0.0, "")
