"""What is counted on the steps of flows: calls that are or were there, or whether tests came to them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import log1p
from typing import Any, Literal

from engine.core.errors import ControlError
from engine.flow.checked_project import within
from engine.flow.document import Block, Flow, StepNode

StepKey = tuple[str, int, int]
"""A step by its flow and where it stands: line and column."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls by flow and by (flow, block); or which steps, and which ways out of them, tests have come to."""

    shows: Literal["calls", "coverage"]
    flows: Mapping[str, int] = field(default_factory=dict)
    blocks: Mapping[tuple[str, str], int] = field(default_factory=dict)
    steps: Mapping[StepKey, bool] = field(default_factory=dict)
    ways: Mapping[tuple[StepKey, str], bool] = field(default_factory=dict)

    def block_heat(self, flow: Flow, block: Block) -> tuple[float, str]:
        """The shade of a block, from 0 to 1, and the number to show on it."""
        if self.shows == "coverage":
            return _share([self.steps.get(_key(flow, step), False) for step in _steps(block)])
        return _warmth(self.blocks.get((flow.name, block.name), 0), self.blocks.values())

    def flow_heat(self, flow: Flow) -> tuple[float, str]:
        """The same of a whole flow."""
        if self.shows == "coverage":
            steps = (step for block in flow.blocks.values() for step in _steps(block))
            return _share([self.steps.get(_key(flow, step), False) for step in steps])
        return _warmth(self.flows.get(flow.name, 0), self.flows.values())

    def ran(self, flow: Flow, step: StepNode) -> bool | None:
        """Whether tests ran a step; None when that is not what is shown."""
        return self.steps.get(_key(flow, step), False) if self.shows == "coverage" else None

    def went(self, flow: Flow, step: StepNode, path: tuple[str | int, ...]) -> bool | None:
        """Whether tests went a way out of a step, by its path in the step; None when nothing is told of it."""
        if self.shows != "coverage":
            return None
        return self.ways.get((_key(flow, step), " ".join(str(part).rstrip("_") for part in path)))


def _key(flow: Flow, step: StepNode) -> StepKey:
    return flow.name, step.place.line, step.place.column


def _steps(block: Block) -> Iterator[StepNode]:
    """Every step of a block, those written inside others too."""
    return (found for step in block.steps for found in within(step))


def calls_tally(places: Iterable[Mapping[str, Any] | None]) -> Tally:
    """Calls by the place each is in, or was in last, as records of calls tell it."""
    blocks: Counter[tuple[str, str]] = Counter()
    flows: Counter[str] = Counter()
    for place in places:
        if place is not None:
            flows[str(place["flow"])] += 1
            blocks[str(place["flow"]), str(place["block"])] += 1
    return Tally("calls", flows, blocks)


def coverage_tally(text: str, name: str = "the coverage") -> Tally:
    """What `switchboard flow test --coverage-json` wrote. Raises ControlError saying what is wrong with it."""
    try:
        written = json.loads(text)
    except ValueError as error:
        raise ControlError(f"{name} is no JSON: {error}") from None
    steps: dict[StepKey, bool] = {}
    ways: dict[tuple[StepKey, str], bool] = {}
    step: StepKey | None = None
    try:
        for point in written:
            if point["kind"] == "step":
                step = str(point["flow"]), int(point["line"]), int(point["column"])
                steps[step] = bool(point["covered"])
            elif point["kind"] == "branch" and step is not None:  # the ways out of a step follow it
                ways[step, str(point["label"]).partition(" ")[2]] = bool(point["covered"])
    except (TypeError, KeyError, ValueError):
        raise ControlError(f"{name} is not what `switchboard flow test --coverage-json` writes") from None
    return Tally("coverage", steps=steps, ways=ways)


def _share(ran: list[bool]) -> tuple[float, str]:
    return (sum(ran) / len(ran), f"{sum(ran)}/{len(ran)}") if ran else (1.0, "")


def _warmth(count: int, others: Iterable[int]) -> tuple[float, str]:
    return (log1p(count) / log1p(max(others)), f"{count:,}") if count else (0.0, "")
