"""The base of every step kind. A kind is one file in `engine/flow/kinds/`: its fields, its docstring, its `run`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from engine.core.steps import Step
from engine.flow.expression import Expression
from engine.flow.fields import Inline, Jump, TargetValue
from engine.flow.template import Template

if TYPE_CHECKING:  # a step sees its call through a view; the view runs steps
    from engine.flow.view import View


class Kind(BaseModel):
    """A step's fields as the author wrote them. Immutable: one object serves every call of its bundle.

    The docstring of a kind is its reference page and holds one YAML example, which the tests load and run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    word: ClassVar[str]
    """The YAML key."""
    short: ClassVar[str | None] = None
    """The field a bare scalar or list fills: `goto: main` is `goto: {target: main}`."""
    whole: ClassVar[str | None] = None
    """The field that takes the mapping under the kind's key as it stands: `set: {a: 1}` is `set: {values: {a: 1}}`."""
    siblings: ClassVar[tuple[str, ...]] = ()
    """Targets written beside the kind's key instead of under it (`then`, `else`)."""
    waits: ClassVar[bool] = False
    """Whether it always takes the caller's time, so that a loop through it is not a busy loop."""
    listens: ClassVar[bool] = False
    """Whether it reads the caller's keys: visits of a block are counted anew after it."""
    media: ClassVar[bool] = False
    """Whether it needs a live caller; such a kind has no place in `events.hangup`."""
    branches: ClassVar[bool] = False
    """Whether it only chooses the way: `repeat` from it means the step that holds it, or else its block."""
    final: ClassVar[bool] = False
    """Whether nothing after it in its list can run."""
    errors: ClassVar[tuple[str, ...]] = ()
    """The dotted error names it can raise."""

    @classmethod
    def fields_of(cls, written: Any) -> Any:
        """What stands under the kind's key, as a mapping of fields: shorthands spelled out.

        A value that is neither a mapping nor allowed as a shorthand is returned as it is, for validation to refuse.
        """
        if written is None:
            return {}
        if isinstance(written, dict):
            return {cls.whole: written} if cls.whole else written
        return {cls.short: written} if cls.short else written

    def run(self, view: "View") -> Step[TargetValue | None]:
        """Run the step for one call; the result says where to go on, None for the next step."""
        raise NotImplementedError

    def targets(self) -> Iterator[tuple[tuple[str | int, ...], TargetValue]]:
        """Every target in the fields, with its path, for the checks that follow a flow's ways."""
        for name in type(self).model_fields:
            yield from _find_targets((name,), getattr(self, name))

    def texts(self) -> Iterator[tuple[tuple[str | int, ...], "Template | Expression"]]:
        """Every template and expression in the fields, with its path, for the checks that look into them."""
        for name in type(self).model_fields:
            yield from _find_texts((name,), getattr(self, name))


def _find_targets(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], TargetValue]]:
    if isinstance(value, Jump | Inline):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _find_targets((*path, name), getattr(value, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _find_targets((*path, key), item)


def _find_texts(
    path: tuple[str | int, ...], value: Any
) -> Iterator[tuple[tuple[str | int, ...], Template | Expression]]:
    if isinstance(value, Template | Expression):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _find_texts((*path, name), getattr(value, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _find_texts((*path, key), item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _find_texts((*path, index), item)
