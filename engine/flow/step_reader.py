"""Reading steps: one kind's key, and beside it `name`, `when`, `on_error` and what the kind itself allows there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.flow.document import Block, Place, StepNode
from engine.flow.expression import Expression
from engine.flow.fields import Condition, Target, TargetValue
from engine.flow.finding import Finding
from engine.flow.kind import Kind
from engine.flow.kinds import KINDS
from engine.flow.source_map import SourceMap
from engine.flow.suggestion import did_you_mean
from engine.flow.validation import validate
from engine.flow.yaml_source import Located, LocatedList, LocatedMap, place_of

BESIDE = ("name", "when", "on_error")
ERROR_FAMILIES = (
    *("any", "input", "http", "expr", "prompt", "tts", "transfer", "queue", "record", "limit"),
    *("freeswitch", "plugin", "flow"),
)
"""What the dotted names of errors begin with."""

_TARGET: TypeAdapter[TargetValue] = TypeAdapter(Target)
_CONDITION: TypeAdapter[Expression] = TypeAdapter(Condition)


@dataclass(slots=True)
class StepReader:
    """Reads the steps of one project; what is wrong with them gathers in `findings`."""

    defaults: Mapping[str, Mapping[str, Any]]
    map: SourceMap
    findings: list[Finding] = field(default_factory=list)

    def block(self, name: str, written: Any, root: Located, path: tuple[str | int, ...]) -> Block:
        """A block of a file; a single step may stand without the list around it."""
        place = place_of(root, path, key=True)
        if isinstance(written, LocatedMap):
            step = self.step(written)
            return Block(name, (step,) if step else (), place)
        if not isinstance(written, LocatedList) or not written:
            self.report(place, f'the block "{name}" needs a list of steps')
            return Block(name, (), place)
        return Block(name, self.steps(written), place)

    def steps(self, written: list[Any]) -> tuple[StepNode, ...]:
        """The steps of a list, without those that cannot be read."""
        found = []
        for index, item in enumerate(written):
            if isinstance(item, LocatedMap):
                step = self.step(item)
                if step is not None:
                    found.append(step)
            elif isinstance(written, LocatedList):
                hint = f'; write "{item}:" with a colon' if isinstance(item, str) and item in KINDS else ""
                self.report(place_of(written, (index,)), f"a step is a map with the key of its kind{hint}")
        return tuple(found)

    def step(self, written: LocatedMap) -> StepNode | None:
        """One step, or None when it cannot be read."""
        before = len(self.findings)
        word = self._word(written)
        if word is None:
            return None
        kind_type = KINDS[word]
        for key in written:
            if key != word and key not in BESIDE and key not in kind_type.siblings:
                self._stray(written, word, key)
        kind = self._kind(kind_type, written)
        name = self._name(written)
        when = self._when(written)
        on_error = self._on_error(written)
        siblings = {key: target for key in kind_type.siblings if (target := self._target(written, (key,)))}
        if kind is None or any(finding.severity == "error" for finding in self.findings[before:]):
            return None
        place = place_of(written, (word,), key=True)
        step = StepNode(kind, place, name, when, on_error, siblings)
        self.map.add(step, written)
        return step

    def report(self, place: Place, message: str, rule: str = "schema") -> None:
        """Add an error."""
        self.findings.append(Finding(place, "error", rule, message))

    def _word(self, written: LocatedMap) -> str | None:
        words = [key for key in written if key in KINDS]
        if len(words) == 1:
            return words[0]
        if len(words) > 1:
            place = place_of(written, (words[1],), key=True)
            self.report(place, f"two kinds in one step, {words[0]} and {words[1]}; make them two steps")
            return None
        siblings = {key for kind in KINDS.values() for key in kind.siblings}
        strange = [key for key in written if key not in BESIDE and key not in siblings]
        if strange:
            place = place_of(written, (strange[0],), key=True)
            self.report(place, f'unknown kind "{strange[0][:60]}"{did_you_mean(strange[0], KINDS)}')
        else:
            self.report(place_of(written), "a step needs the key of its kind, such as play or goto")
        return None

    def _stray(self, written: LocatedMap, word: str, key: str) -> None:
        place = place_of(written, (key,), key=True)
        fields = [info.alias or name for name, info in KINDS[word].model_fields.items()]
        if key in fields:
            self.report(place, f'"{key}" belongs under {word}; indent it more')
            return
        near = did_you_mean(key, [*BESIDE, *KINDS[word].siblings, *KINDS])
        self.report(place, f'unknown key "{key[:60]}" beside {word}{near}')

    def _kind(self, kind_type: type[Kind], written: LocatedMap) -> Kind | None:
        word = kind_type.word
        fields = kind_type.fields_of(written[word])
        if not isinstance(fields, Mapping):
            message = "write its fields as a map"
            if not kind_type.model_fields:
                message = "it has no fields"
            self.report(place_of(written, (word,)), f"{word}: {message}")
            return None
        merged = {**self.defaults.get(word, {}), **fields}
        kind, findings = validate(kind_type, merged, written, (word,), what=word, context={"read_steps": self.steps})
        self.findings.extend(findings)
        return kind

    def _name(self, written: LocatedMap) -> str:
        name = written.get("name", "")
        if isinstance(name, str) and len(name) <= 100:
            return name
        self.report(place_of(written, ("name",)), "a step's name is a text of at most 100 characters")
        return ""

    def _when(self, written: LocatedMap) -> Expression | None:
        if "when" not in written:
            return None
        try:
            return _CONDITION.validate_python(written["when"])
        except ValidationError as error:
            self._tell(error, written, ("when",))
            return None

    def _target(self, written: LocatedMap, path: tuple[str, ...]) -> TargetValue | None:
        value: Any = written
        for key in path:
            if key not in value:
                return None
            value = value[key]
        try:
            return _TARGET.validate_python(value, context={"read_steps": self.steps})
        except ValidationError as error:
            self._tell(error, written, path)
            return None

    def _on_error(self, written: LocatedMap) -> dict[str, TargetValue]:
        value = written.get("on_error")
        if value is None:
            return {}
        if not isinstance(value, LocatedMap):
            message = "write which error goes where, such as {http.timeout: sorry, any: operator}"
            self.report(place_of(written, ("on_error",)), message)
            return {}
        found = {}
        for name in value:
            family = name.partition(".")[0]
            if family not in ERROR_FAMILIES:
                place = place_of(written, ("on_error", name), key=True)
                self.report(place, f'no error "{name[:60]}"{did_you_mean(family, ERROR_FAMILIES)}', "unknown-error")
            target = self._target(written, ("on_error", name))
            if target is not None:
                found[name] = target
        return found

    def _tell(self, error: ValidationError, written: LocatedMap, path: tuple[str, ...]) -> None:
        for detail in error.errors(include_url=False):
            context = detail.get("ctx") or {}
            column = context.get("column")
            rule = detail["type"] if "-" in detail["type"] else "schema"
            place = place_of(written, path, offset=None if column is None else int(column) - 1)
            self.report(place, detail["msg"], rule)
