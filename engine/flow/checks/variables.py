"""Names in expressions: whether what is read exists and was ever set, whether what is declared is used."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow.checked_project import CheckedProject, StepText, prompts_of, steps_of, texts_of
from engine.flow.checks.loops import stored_by
from engine.flow.document import Flow, Place, StepNode, Variable
from engine.flow.expression import Expression, Read
from engine.flow.facts import CallFacts
from engine.flow.finding import Finding
from engine.flow.flow_reader import SCOPE_ROOTS
from engine.flow.rule import RULES, Rule, rule
from engine.flow.suggestion import did_you_mean

UNDECLARED = rule("undeclared-variable", "error", "A variable is used that the flow does not declare.", firm=True)
UNDEFINED = rule("undefined-variable", "error", "An expression reads a name that does not exist there.", firm=True)
NEVER_SET = rule("never-set", "error", "A variable is read, but has no default and is never set.")
UNUSED = rule("unused-variable", "warning", "A variable is declared and never read.")
UNKNOWN_OUTPUT = rule("unknown-output", "error", "An output is used that the flow does not declare.", firm=True)

CALL_FIELDS = frozenset({*CallFacts("", "").as_map("UTC"), "language"})  # type: ignore[arg-type]
ERROR_FIELDS = frozenset({"name", "message", "flow", "block", "line"})


def check(project: CheckedProject) -> Iterator[Finding]:
    """Names that are wrong and names that are for nothing."""
    session = _session_names(project)
    read_session: set[str] = set()
    for flow in project.own_flows:
        names = _Names(project, flow, session)
        yield from names.run()
        read_session |= names.session_read
    if project.is_whole:
        for name, variable in project.project.session.items():
            if name not in read_session:
                yield UNUSED.at(variable.place, f"session.{name} is never read")


def _session_names(project: CheckedProject) -> frozenset[str]:
    """The session variables there are: the declared ones and all that any flow stores."""
    stored = {
        place.removeprefix("session.")
        for flow in project.flows.values()
        for _, step in project.steps(flow)
        for place in stored_by(step)
        if place.startswith("session.")
    }
    return frozenset({*project.project.session, *stored})


@dataclass(slots=True)
class _Names:
    """The names of one flow."""

    project: CheckedProject
    flow: Flow
    session: frozenset[str]
    used: set[tuple[str, str]] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    session_read: set[str] = field(default_factory=set)
    reads: dict[str, Place] = field(default_factory=dict)
    """Variable of the flow to where it is first read."""

    def run(self) -> Iterator[Finding]:
        steps = [step for _, step in steps_of(self.flow)]
        saved = {step.kind.save: step.kind.flow for step in steps if step.kind.word == "call" and step.kind.save}  # type: ignore[attr-defined]
        for step in steps:
            yield from self.stores(step)
            yield from self.saves(step, saved)
            for text in texts_of(step):
                for expression in text.expressions:
                    yield from self.expression(expression, text, saved)
            yield from self.returned(step)
        yield from self.prompt_texts(steps, saved)
        if self.flow.place.file not in self.project.broken:
            yield from self.declared()

    def stores(self, step: StepNode) -> Iterator[Finding]:
        kind: Any = step.kind
        for place in stored_by(step):
            path = {"set": ("values", place), "http": ("save", place)}.get(kind.word, ("store",))
            if place.startswith("session."):
                continue
            self.stored.add(place)
            if kind.word == "record":
                self.recorded.add(place)
            if place not in self.flow.vars:
                where = self.project.map.in_step(step, path, key=kind.word in ("set", "http"))
                near = did_you_mean(place, self.flow.vars)
                yield UNDECLARED.at(where, f"{place} is not declared under vars{near}")

    def saves(self, step: StepNode, saved: Mapping[str, str]) -> Iterator[Finding]:
        kind: Any = step.kind
        if kind.word == "call" and kind.save in SCOPE_ROOTS and kind.save in saved:
            place = self.project.map.in_step(step, ("save",))
            yield RULES["reserved-name"].at(place, f'"{kind.save}" already means something; save it under another name')

    def expression(self, expression: Expression, text: StepText, saved: Mapping[str, str]) -> Iterator[Finding]:
        for read in expression.reads:
            place = self.project.text_place(text, read.column)
            yield from self.read(read, place, saved, _locals(text))

    def read(self, read: Read, place: Place, saved: Mapping[str, str], local: Iterable[str]) -> Iterator[Finding]:
        root, *rest = read.path
        spelled = ".".join(read.path[:2])
        name = rest[0] if rest else ""
        if root in ("vars", "inputs"):
            declared: Mapping[str, Variable] = self.flow.vars if root == "vars" else self.flow.inputs
            if not rest:
                self.used |= {(root, known) for known in declared}
            elif name not in declared:
                yield UNDECLARED.at(place, f"{spelled} is not declared{self._near(root, name, declared)}")
            else:
                self.used.add((root, name))
                if root == "vars" and not read.guarded:
                    self.reads.setdefault(name, place)
        elif root == "session":
            self.session_read |= {name} if rest else self.session
            if rest and name not in self.session and not read.guarded and self.project.is_whole:
                message = f"{spelled} is never set by any flow, nor declared in project.yaml"
                yield UNDEFINED.at(place, message + did_you_mean(name, self.session))
        elif root in ("call", "error"):
            fields = CALL_FIELDS if root == "call" else ERROR_FIELDS
            if rest and name not in fields and not read.guarded:
                yield UNDEFINED.at(place, f"{spelled} does not exist{did_you_mean(name, sorted(fields))}")
        elif root in saved:
            yield from self.output(saved[root], name, place, spelled)
        elif root not in local:
            known = ["vars", "inputs", "session", "call", "error", *saved, *local]
            near = did_you_mean(root, known)
            if not near and root in self.flow.vars:
                near = f", write vars.{root}"
            yield UNDEFINED.at(place, f'"{root}" is not defined here{near}')

    def _near(self, root: str, name: str, declared: Mapping[str, Variable]) -> str:
        other = "inputs" if root == "vars" else "vars"
        elsewhere: Mapping[str, Variable] = self.flow.inputs if root == "vars" else self.flow.vars
        return f", write {other}.{name}" if name in elsewhere else did_you_mean(name, declared)

    def output(self, flow: str, name: str, place: Place, spelled: str) -> Iterator[Finding]:
        called = self.project.flows.get(flow)
        if called is not None and name and name not in called.outputs:
            message = f"{spelled}: the flow {flow} has no output {name}{did_you_mean(name, called.outputs)}"
            yield UNKNOWN_OUTPUT.at(place, message)

    def returned(self, step: StepNode) -> Iterator[Finding]:
        if step.kind.word != "return":
            return
        for name in step.kind.outputs:  # type: ignore[attr-defined]
            if name not in self.flow.outputs:
                place = self.project.map.in_step(step, ("outputs", name), key=True)
                near = did_you_mean(name, self.flow.outputs)
                yield UNKNOWN_OUTPUT.at(place, f'the flow declares no output "{name}"{near}')

    def prompt_texts(self, steps: list[StepNode], saved: Mapping[str, str]) -> Iterator[Finding]:
        """Prompts of this flow may have texts with expressions of their own."""
        ids = {name for step in steps for _, spec in prompts_of(step) for name in spec.ids()}
        for language, words in self.project.prompts.texts.items():
            for name in ids & words.keys():
                found = words[name]
                for _, expression in found.text.expressions:
                    for read in expression.reads:
                        place = Place(f"ivr_flows/prompts/{language}.yaml", found.line, found.column)
                        yield from self.read(read, place, saved, ("value",))

    def declared(self) -> Iterator[Finding]:
        rules: list[tuple[Rule, Place, str]] = []
        for name, variable in self.flow.vars.items():
            if name in self.reads and name not in self.stored and variable.default is None:
                message = f"vars.{name} is read, but has no default and nothing ever stores into it"
                rules.append((NEVER_SET, self.reads[name], message))
            if ("vars", name) not in self.used and name not in self.recorded:
                rules.append((UNUSED, variable.place, f"vars.{name} is never read"))
        for name, variable in self.flow.inputs.items():
            if ("inputs", name) not in self.used:
                rules.append((UNUSED, variable.place, f"inputs.{name} is never read"))
        for broken, place, message in rules:
            yield broken.at(place, message)


def _locals(text: StepText) -> tuple[str, ...]:
    """Names known in one field only: the entry being judged, the reply being read."""
    if text.path[:1] in (("valid_when",), ("confirm",)):
        return ("value",)
    return ("response",) if text.path[:1] == ("save",) else ()
