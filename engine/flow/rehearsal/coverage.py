"""What there is to be covered by tests: every step, every way out of a step, every prompt in every language.

Each is a point with its place in the author's files. Points are numbered in order, so that what was covered is a set of
numbers that many processes can fill.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.flow.bundle import Bundle
from engine.flow.checked_project import prompts_of, steps_of, targets_of
from engine.flow.document import Flow, Place, StepNode
from engine.flow.prompt_reader import PROMPT_FOLDER
from engine.flow.source_map import Path
from engine.flow.yaml_source import Located, LocatedList, LocatedMap, place_of, read_yaml

PointKind = Literal["step", "branch", "prompt"]
BUILT_IN = "built-in"
_SILENT_WAYS: Mapping[str, tuple[str, ...]] = {"if": ("then", "else"), "switch": ("default",), "hours": ("open",)}
"""Ways that lead to the next step when the author leaves them out."""
_ONE_WAY = ("goto",)
"""Kinds with one way out: to have run them is to have gone it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to be covered. `label` says what it is: `menu`, `menu choices 1`, `welcome in fr`."""

    number: int
    kind: PointKind
    flow: str
    label: str
    place: Place


@dataclass(slots=True)
class StepPoints:
    """The points of one step: the step itself, its ways out by their path, and its `when` being false."""

    step: int
    ways: dict[Path, int] = field(default_factory=dict)
    skipped: int = -1


@dataclass(slots=True)
class CoverageMap:
    """All points of some flows. `steps` by the identity of the step, `prompts` by id and language."""

    points: list[Point] = field(default_factory=list)
    steps: dict[int, StepPoints] = field(default_factory=dict)
    prompts: dict[tuple[str, str], int] = field(default_factory=dict)

    @staticmethod
    def of(bundle: Bundle, flows: Iterable[str]) -> "CoverageMap":
        """The points of these flows of a project."""
        found = CoverageMap()
        places = _Places(bundle.sources)
        for name in flows:
            flow = bundle.flows.get(name)
            if flow is not None and flow.place.file in bundle.sources:
                found._flow(flow, bundle, places)
        return found

    def _add(self, kind: PointKind, flow: Flow, label: str, place: Place) -> int:
        self.points.append(Point(len(self.points), kind, flow.name, label, place))
        return len(self.points) - 1

    def _flow(self, flow: Flow, bundle: Bundle, places: "_Places") -> None:
        for _, step in steps_of(flow):
            word = step.kind.word
            points = StepPoints(self._add("step", flow, word, step.place))
            self.steps[id(step)] = points
            for path, _, beside in targets_of(step) if word not in _ONE_WAY else ():
                place = places.of(step, path, beside=beside)
                points.ways[path] = self._add("branch", flow, f"{word} {_words(path)}", place)
            for name in _SILENT_WAYS.get(word, ()):
                if (name,) not in points.ways:
                    points.ways[name,] = self._add("branch", flow, f"{word} {name} (the next step)", step.place)
            if step.when is not None:
                place = places.of(step, ("when",), beside=True)
                points.skipped = self._add("branch", flow, f"{word} when false", place)
            for _, spec in prompts_of(step):
                for prompt in spec.ids():
                    self._prompt(prompt, flow, bundle, step)

    def _prompt(self, prompt: str, flow: Flow, bundle: Bundle, step: StepNode) -> None:
        for language in flow.languages:
            if (prompt, language) not in self.prompts:
                words = bundle.prompts.texts.get(language, {}).get(prompt)
                place = step.place
                if words is not None and words.line:
                    place = Place(f"{PROMPT_FOLDER}{language}.yaml", words.line, words.column)
                self.prompts[prompt, language] = self._add("prompt", flow, f"{prompt} in {language}", place)


class _Places:
    """Where the fields of steps stand, from the texts a bundle was made of."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._steps: dict[str, dict[tuple[int, int], tuple[LocatedMap, str]]] = {}

    def of(self, step: StepNode, path: Path, *, beside: bool) -> Place:
        file = step.place.file
        if file not in self._steps:
            root, _ = read_yaml(file, self._sources.get(file, ""))
            self._steps[file] = dict(_keys(root))
        found = self._steps[file].get((step.place.line, step.place.column))
        if found is None:
            return step.place
        written, word = found
        whole = path if beside else (word, *path)
        return place_of(written, whole, key=isinstance(path[-1], str))


def _keys(value: Any) -> Iterator[tuple[tuple[int, int], tuple[LocatedMap, str]]]:
    """Every key of a file by its line and column, with the map it is in."""
    waiting: list[Located] = [value] if isinstance(value, LocatedMap | LocatedList) else []
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, LocatedMap):
            for key, spot in holder.key_spots.items():
                yield (spot.line, spot.column), (holder, key)
        parts = holder.values() if isinstance(holder, LocatedMap) else holder
        waiting.extend(part for part in parts if isinstance(part, LocatedMap | LocatedList))


def _words(path: Path) -> str:
    return " ".join(str(part).rstrip("_") for part in path)
