"""Flows that note which of their points a call comes through: the same steps, each with an eye on it.

A watched step is of its kind and runs as that kind does. Only who looks for a way out of it (a choice, an `on_error`, a
`then`) finds a map that remembers what was found, and what `run` returns is compared with the targets in its fields.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from engine.core.signals import Json
from engine.core.steps import Step
from engine.flow.bundle import Bundle
from engine.flow.checked_project import targets_of
from engine.flow.document import Block, Flow, StepNode
from engine.flow.expression import Expression
from engine.flow.fields import Inline, Jump, TargetValue
from engine.flow.kind import Kind
from engine.flow.rehearsal.coverage import CoverageMap, StepPoints
from engine.flow.source_map import Path
from engine.flow.view import View


def watched(bundle: Bundle, found: CoverageMap, covered: set[int]) -> Bundle:
    """The flows of a bundle, of which those the map knows fill `covered` as they are run."""
    watcher = _Watcher(found, covered)
    return replace(bundle, flows={name: watcher.flow(flow) for name, flow in bundle.flows.items()})


class _WatchedWays(dict[Any, Any]):
    """Targets by name; to have looked one up that there is a point for is to have gone that way."""

    __slots__ = ("_covered", "_points")

    def __init__(self, ways: Mapping[Any, Any], points: Mapping[str, int], covered: set[int]) -> None:
        super().__init__(ways)
        self._points = points
        self._covered = covered

    def __getitem__(self, name: Any) -> Any:
        found = super().__getitem__(name)
        self._note(name)
        return found

    def get(self, name: Any, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def _note(self, name: Any) -> None:
        point = self._points.get(str(name))
        if point is not None:
            self._covered.add(point)


class _WatchedWhen:
    """The condition of a step; it notes when it was false."""

    __slots__ = ("_condition", "_covered", "_point")

    def __init__(self, condition: Expression, point: int, covered: set[int]) -> None:
        self._condition = condition
        self._point = point
        self._covered = covered

    def __getattr__(self, name: str) -> Any:
        return getattr(self._condition, name)

    def evaluate(self, scope: Mapping[str, Any]) -> Json:
        value = self._condition.evaluate(scope)
        if not value:
            self._covered.add(self._point)
        return value


class _Eye:
    """What is noted when a step is run."""

    __slots__ = ("covered", "nothing", "step", "ways")

    def __init__(self, step: int, ways: dict[int, int], nothing: int, covered: set[int]) -> None:
        self.step = step
        self.ways = ways
        self.nothing = nothing
        self.covered = covered


@cache
def _watched_kind(kind: type[Kind]) -> type[Kind]:
    """The kind, noting that it is run and where it leads."""

    def run(self: Any, view: View) -> Step[TargetValue | None]:
        eye: _Eye = self.eye
        eye.covered.add(eye.step)
        target = yield from kind.run(self, view)
        point = eye.nothing if target is None else eye.ways.get(id(target), -1)
        if point >= 0:
            eye.covered.add(point)
        return target

    return type(kind.__name__, (kind,), {"run": run, "__module__": kind.__module__, "__doc__": kind.__doc__})


class _Watcher:
    """Makes the watched copies of one bundle's flows."""

    def __init__(self, found: CoverageMap, covered: set[int]) -> None:
        self._map = found
        self._covered = covered

    def flow(self, flow: Flow) -> Flow:
        return replace(flow, blocks={name: self._block(block) for name, block in flow.blocks.items()})

    def _block(self, block: Block) -> Block:
        return replace(block, steps=tuple(self._step(step) for step in block.steps))

    def _step(self, step: StepNode) -> StepNode:
        points = self._map.steps.get(id(step))
        if points is None:
            return step
        copies: dict[int, TargetValue] = {}
        for _, target, _ in targets_of(step):
            copies[id(target)] = self._target(target)
        kind = step.kind.model_copy()
        object.__setattr__(kind, "__class__", _watched_kind(type(step.kind)))
        for name in type(step.kind).model_fields:
            kind.__dict__[name] = self._field((name,), getattr(step.kind, name), points, copies)
        kind.__dict__["eye"] = self._eye(step, points, copies)
        when = step.when
        if when is not None:
            when = _WatchedWhen(when, points.skipped, self._covered)  # type: ignore[assignment]
        return replace(
            step,
            kind=kind,
            when=when,
            siblings=self._ways(step.siblings, (), points, copies),
            on_error=self._ways(step.on_error, ("on_error",), points, copies),
        )

    def _eye(self, step: StepNode, points: StepPoints, copies: Mapping[int, TargetValue]) -> _Eye:
        ways = {id(copies[id(target)]): points.ways.get(path, -1) for path, target, _ in targets_of(step)}
        silent = [
            number
            for path, number in points.ways.items()
            if len(path) == 1 and path[0] in type(step.kind).model_fields and getattr(step.kind, str(path[0])) is None
        ]
        return _Eye(points.step, ways, silent[0] if silent else -1, self._covered)

    def _target(self, target: TargetValue) -> TargetValue:
        if isinstance(target, Inline):
            return Inline(tuple(self._step(step) for step in target.steps))
        return Jump(target.name)

    def _field(self, path: Path, value: Any, points: StepPoints, copies: Mapping[int, TargetValue]) -> Any:
        """A field of a kind, its targets replaced by their copies."""
        if isinstance(value, Jump | Inline):
            return copies[id(value)]
        if isinstance(value, dict) and any(isinstance(part, Jump | Inline) for part in value.values()):
            return self._ways(value, path, points, copies)
        fields = getattr(type(value), "model_fields", None)
        if fields and any(path == way[: len(path)] for way in points.ways):
            copy = value.model_copy()
            for name in fields:
                copy.__dict__[name] = self._field((*path, name), getattr(value, name), points, copies)
            return copy
        return value

    def _ways(
        self, ways: Mapping[Any, TargetValue], path: Path, points: StepPoints, copies: Mapping[int, TargetValue]
    ) -> dict[Any, TargetValue]:
        known = {
            str(way[-1]): number
            for way, number in points.ways.items()
            if len(way) == len(path) + 1 and way[: len(path)] == path
        }
        return _WatchedWays({name: copies[id(target)] for name, target in ways.items()}, known, self._covered)
