"""Where the parts of loaded flows stand in their files. It lives while a project is loaded and checked, no longer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.flow.document import Flow, Place, StepNode
from engine.flow.yaml_source import Located, LocatedMap, place_of

Path = tuple[str | int, ...]


@dataclass(slots=True)
class SourceMap:
    """The located YAML of every step and flow, and the text of every file."""

    steps: dict[int, tuple[LocatedMap, str]] = field(default_factory=dict)
    """Step (by identity) to the map it was read from and its kind's key."""
    roots: dict[str, LocatedMap] = field(default_factory=dict)
    """File to its outermost map."""
    sources: Mapping[str, str] = field(default_factory=dict)

    def add(self, step: StepNode, written: LocatedMap) -> None:
        """Remember where a step was read from."""
        self.steps[id(step)] = (written, step.kind.word)

    def in_step(self, step: StepNode, path: Path = (), *, key: bool = False, offset: int | None = None) -> Place:
        """The place of a field of a step's kind, by its path in the kind; the step's own for what is a default."""
        found = self.steps.get(id(step))
        if found is None:
            return step.place
        written, word = found
        return place_of(written, (word, *path), key=key, offset=offset)

    def beside_step(self, step: StepNode, path: Path, *, key: bool = False, offset: int | None = None) -> Place:
        """The place of what stands beside the kind: `when`, `on_error`, `then`."""
        found = self.steps.get(id(step))
        return step.place if found is None else place_of(found[0], path, key=key, offset=offset)

    def in_file(self, file: str, path: Path = (), *, key: bool = False) -> Place:
        """The place of a value of a file."""
        root: Located | None = self.roots.get(file)
        return Place(file, 1, 1) if root is None else place_of(root, path, key=key)

    def in_flow(self, flow: Flow, path: Path = (), *, key: bool = False) -> Place:
        """The place of a value of a flow's file."""
        return self.in_file(flow.place.file, path, key=key)
