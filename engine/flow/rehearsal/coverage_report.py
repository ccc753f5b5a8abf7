"""What tests have covered, in numbers and with the places they have not come to."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, get_args

from engine.flow.rehearsal.coverage import CoverageMap, Point, PointKind

KINDS: tuple[PointKind, ...] = get_args(PointKind)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    covered: int
    all: int

    @property
    def percent(self) -> float:
        """In percent; of nothing everything is covered."""
        return 100.0 * self.covered / self.all if self.all else 100.0

    def __str__(self) -> str:
        return f"{self.covered}/{self.all}"


class CoverageReport:
    """What of a map is covered."""

    def __init__(self, found: CoverageMap, covered: Set[int]) -> None:
        self._points = found.points
        self._covered = covered

    @property
    def flows(self) -> list[str]:
        """The flows there are points of."""
        return list(dict.fromkeys(point.flow for point in self._points))

    def share(self, *kinds: PointKind, flow: str | None = None) -> Share:
        """How much of these kinds of points is covered, of one flow or of all."""
        points = [point for point in self._points if point.kind in kinds and flow in (None, point.flow)]
        return Share(sum(point.number in self._covered for point in points), len(points))

    def missing(self, flow: str | None = None) -> Iterator[Point]:
        """The points not covered, by their places."""
        for point in sorted(self._points, key=lambda point: (point.place.file, point.place.line, point.place.column)):
            if point.number not in self._covered and flow in (None, point.flow):
                yield point

    def as_json(self) -> list[dict[str, Any]]:
        """Every point with whether it is covered, for programs."""
        return [
            {
                "flow": point.flow,
                "kind": point.kind,
                "label": point.label,
                "file": point.place.file,
                "line": point.place.line,
                "column": point.place.column,
                "covered": point.number in self._covered,
            }
            for point in self._points
        ]
