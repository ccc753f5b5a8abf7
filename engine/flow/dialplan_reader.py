"""Reading `dialplans/*.yaml`: rules in the order of the files' names and of their places in a file."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from engine.core.signals import Json
from engine.flow.calendar import State
from engine.flow.dialplan import UNCLAIMED, Dialplan, Rule
from engine.flow.document import Flow, Place
from engine.flow.fields import Name
from engine.flow.finding import Finding
from engine.flow.number_match import NumberMatch
from engine.flow.project import Project
from engine.flow.suggestion import did_you_mean
from engine.flow.validation import validate
from engine.flow.values import type_word
from engine.flow.variable import fits
from engine.flow.yaml_source import LocatedMap, place_of


def _several(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _written_number(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_NumberText = Annotated[str, BeforeValidator(_written_number)]
_Numbers = Annotated[list[_NumberText], BeforeValidator(_several)]
_Texts = Annotated[list[str], BeforeValidator(_several)]
_States = Annotated[list[State], BeforeValidator(_several)]


class RuleSource(BaseModel):
    """One rule of a dial plan."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field("", max_length=100, description="For people; the place in the file when left out.")
    number: _Numbers = Field(
        default=[], description="Numbers called: whole, `+4420*`, `+4420794600XX`, `/pattern/`. Any, when left out."
    )
    caller: _Numbers = Field(default=[], description="Numbers of callers, in the same forms; or `anonymous`.")
    trunk: _Texts = Field(default=[], description="Names of the trunks it came by.")
    calendar: str = Field("", description="A calendar of the project.")
    state: _States = Field(default=["open"], description="What the calendar must be: open, closed, holiday.")
    flow: Name = Field(description="Where the call goes.")
    with_: dict[Name, Any] = Field(default={}, alias="with", description="Inputs of the flow.")


class DialplanSource(BaseModel):
    """A file of the dial plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: list[RuleSource] = Field(default=[], description="Which call goes where.")
    unclaimed: str = Field("", description="The flow for numbers that no rule claims.")


def read_dialplan(
    files: Mapping[str, Any],
    project: Project,
    flows: Mapping[str, Flow],
    unreadable: frozenset[str],
    findings: list[Finding],
) -> Dialplan:
    """The dial plan in the values of files; what is wrong with it is added to the findings.

    `unreadable` are names of flows whose own files are wrong: naming them is no mistake of the dial plan's.
    """
    rules: list[Rule] = []
    unclaimed, place = "", Place("dialplans", 1, 1)
    for file in sorted(files):
        root = files[file]
        if root is None:
            continue
        if not isinstance(root, LocatedMap):
            findings.append(Finding(Place(file, 1, 1), "error", "schema", 'write a map with the key "rules"'))
            continue
        source, wrong = validate(DialplanSource, root, root, what="the dial plan")
        findings.extend(wrong)
        if source is None:
            continue
        if source.unclaimed:
            if unclaimed:
                message = f"unclaimed is already {unclaimed} in {place.file}"
                findings.append(Finding(place_of(root, ("unclaimed",)), "error", "schema", message))
            unclaimed, place = source.unclaimed, place_of(root, ("unclaimed",))
            if unclaimed not in unreadable:
                _known_flow(unclaimed, flows, place, findings)
        for index, rule in enumerate(source.rules):
            read = _Reader(root, ("rules", index), project, flows, findings).rule(rule, unreadable)
            rules.append(read)
    dialplan = Dialplan(tuple(rules), unclaimed or UNCLAIMED, project.country, place)
    for hidden, before in dialplan.shadowed():
        where = f"{before.place.file}:{before.place.line}"
        message = f'the rule never decides: "{before.name}" ({where}) always holds before it'
        findings.append(Finding(hidden.place, "warning", "shadowed-rule", message))
    return dialplan


def _known_flow(name: str, flows: Mapping[str, Flow], place: Place, findings: list[Finding]) -> None:
    if name not in flows:
        findings.append(Finding(place, "error", "unknown-flow", f'no flow "{name[:60]}"{did_you_mean(name, flows)}'))


class _Reader:
    """Reads one rule, whose fields have the right form, and holds it to the project."""

    def __init__(
        self,
        root: LocatedMap,
        path: tuple[str | int, ...],
        project: Project,
        flows: Mapping[str, Flow],
        findings: list[Finding],
    ) -> None:
        self.root = root
        self.path = path
        self.project = project
        self.flows = flows
        self.findings = findings

    def report(self, rule: str, message: str, *path: str | int, key: bool = False) -> None:
        place = place_of(self.root, (*self.path, *path), key=key)
        self.findings.append(Finding(place, "error", rule, message))

    def rule(self, source: RuleSource, unreadable: frozenset[str]) -> Rule:
        place = place_of(self.root, self.path)
        if source.flow not in unreadable:
            _known_flow(source.flow, self.flows, place_of(self.root, (*self.path, "flow")), self.findings)
        calendars = self.project.calendars
        if source.calendar and source.calendar not in calendars:
            near = did_you_mean(source.calendar, calendars)
            self.report("unknown-calendar", f'no calendar "{source.calendar[:60]}"{near}', "calendar")
        if "state" in source.model_fields_set and not source.calendar:
            self.report("schema", "state needs a calendar", "state", key=True)
        return Rule(
            source.name or f"{place.file}:{place.line}",
            source.flow,
            place,
            self.numbers(source.number, "number"),
            self.numbers(source.caller, "caller"),
            tuple(source.trunk),
            source.calendar,
            tuple(source.state) if source.calendar else (),
            self.inputs(source),
        )

    def numbers(self, written: list[str], field: str) -> tuple[NumberMatch, ...]:
        found = []
        for index, text in enumerate(written):
            try:
                match = NumberMatch.read(text, self.project.country)
            except ValueError as error:
                rule = error.type if isinstance(error, PydanticCustomError) else "schema"
                message = error.message() if isinstance(error, PydanticCustomError) else str(error)
                self.report(rule, message, field, index)
                continue
            if match.form == "anonymous" and field == "number":
                self.report("schema", "only a caller can be anonymous", field, index)
            found.append(match)
        return tuple(found)

    def inputs(self, source: RuleSource) -> dict[str, Json]:
        flow = self.flows.get(source.flow)
        if flow is None:
            return {}
        for name, value in source.with_.items():
            variable = flow.inputs.get(name)
            if variable is None:
                near = did_you_mean(name, flow.inputs)
                self.report(
                    "unknown-input", f'the flow {flow.name} has no input "{name}"{near}', "with", name, key=True
                )
            elif not fits(value, variable.type):
                message = f"{name} is {type_word(value)}; the input is {variable.type}"
                self.report("input-type", message, "with", name)
        for name, variable in flow.inputs.items():
            if variable.required and name not in source.with_:
                self.report("missing-input", f'the flow {flow.name} needs the input "{name}"', "flow")
        return dict(source.with_)
