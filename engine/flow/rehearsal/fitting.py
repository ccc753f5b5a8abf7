"""Whether what a test names is there: flows, blocks, variables, calendars, services, languages of the project."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.flow.bundle import Bundle
from engine.flow.document import Flow
from engine.flow.finding import Finding
from engine.flow.rehearsal.request_key import read_request
from engine.flow.rehearsal.source import CallSource, ExpectSource, MocksSource
from engine.flow.suggestion import did_you_mean
from engine.flow.values import type_word
from engine.flow.variable import fits
from engine.flow.yaml_source import Located, place_of

Path = tuple[str | int, ...]
_ENDS = ("hangup", "caller_hangup", "transfer", "queue", "return", "error", "waiting")


@dataclass(slots=True)
class Fitting:
    """Holds the parts of one test file against a project; `flow` is the one tested, None when there is none."""

    bundle: Bundle
    flow: Flow | None
    findings: list[Finding]

    def call(self, source: CallSource, root: Located, path: Path) -> None:
        """The call's language and inputs."""
        if source.language is not None:
            self._language(source.language, root, (*path, "language"))
        if self.flow is None:
            return
        for name, value in source.inputs.items():
            variable = self.flow.inputs.get(name)
            where = (*path, "inputs", name)
            if variable is None:
                message = f"the flow {self.flow.name} has no input {name}{did_you_mean(name, self.flow.inputs)}"
                self._report(root, where, message, "unknown-input", key=True)
            elif not fits(value, variable.type):
                message = f"the input {name} is a {variable.type}, not {type_word(value)}"
                self._report(root, where, message, "input-type")

    def mocks(self, source: MocksSource, root: Located, path: Path) -> None:
        """What the mocks stand in for."""
        project = self.bundle.project
        for key in source.http:
            _, wrong = read_request(key, project.services)
            if wrong:
                self._report(root, (*path, "http", key), wrong, key=True)
        self._known(source.hours, self.bundle.calendars, "calendar", root, (*path, "hours"))
        self._known(source.session, project.session, "session variable", root, (*path, "session"))
        for name, value in source.session.items():
            variable = project.session.get(name)
            if variable is not None and not fits(value, variable.type):
                message = f"session.{name} is a {variable.type}, not {type_word(value)}"
                self._report(root, (*path, "session", name), message)

    def expect(self, source: ExpectSource, root: Located, path: Path) -> None:
        """What expectations are about."""
        flow = self.flow
        if source.end is not None and source.end.split(" ")[0] not in _ENDS:
            word = source.end.split(" ")[0]
            message = f'no such end "{word[:60]}"{did_you_mean(word, _ENDS)}; write one of {", ".join(_ENDS)}'
            self._report(root, (*path, "end"), message)
        if flow is not None:
            self._known(source.vars, flow.vars, f"variable of {flow.name}", root, (*path, "vars"))
            self._known(source.outputs, flow.outputs, f"output of {flow.name}", root, (*path, "outputs"))
        self._known(source.session, self.bundle.project.session, "session variable", root, (*path, "session"))
        if source.language is not None:
            self._language(source.language, root, (*path, "language"))
        for index, request in enumerate(source.requests or ()):
            key = request if isinstance(request, str) else next(iter(request), "")
            _, wrong = read_request(key, self.bundle.project.services)
            if wrong:
                self._report(root, (*path, "requests", index), wrong)
        for field in ("visited", "not_visited"):
            for index, name in enumerate(getattr(source, field) or ()):
                self._place_in_flow(name, root, (*path, field, index))

    def languages(self, languages: Iterable[str], root: Located, path: Path) -> None:
        """Languages in which something is heard."""
        for language in languages:
            if language:
                self._language(language, root, (*path, language), key=True)

    def _language(self, language: str, root: Located, path: Path, *, key: bool = False) -> None:
        known = self.bundle.project.languages
        if language not in known:
            message = f'the project has no language "{language[:20]}"{did_you_mean(language, known)}'
            self._report(root, path, message, "unknown-language", key=key)

    def _place_in_flow(self, name: str, root: Located, path: Path) -> None:
        flow_name, slash, block = name.rpartition("/")
        if slash:
            flow = self.bundle.flows.get(flow_name)
            if flow is None:
                near = did_you_mean(flow_name, self.bundle.flows)
                self._report(root, path, f'no flow "{flow_name[:60]}"{near}', "unknown-flow")
                return
        else:
            flow = self.flow
        if flow is None:
            return
        names = {step.name for block in flow.blocks.values() for step in block.steps if step.name}
        known = [*flow.blocks, *names]
        if block not in known:
            message = f'no block and no named step "{block[:60]}" in {flow.name}{did_you_mean(block, known)}'
            self._report(root, path, message)

    def _known(self, names: Iterable[str], known: Mapping[str, Any], what: str, root: Located, path: Path) -> None:
        for name in names:
            if name not in known:
                message = f'no {what} is called "{name[:60]}"{did_you_mean(name, known)}'
                self._report(root, (*path, name), message, key=True)

    def _report(
        self, root: Located, path: Path, message: str, rule: str = "unknown-in-test", *, key: bool = False
    ) -> None:
        self.findings.append(Finding(place_of(root, path, key=key), "error", rule, message))
