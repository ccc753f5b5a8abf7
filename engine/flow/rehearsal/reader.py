"""Reading test files. Nothing an author writes makes this raise: every mistake is a finding with its place."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from engine.core.signals import Json
from engine.flow.bundle import Bundle
from engine.flow.document import Place
from engine.flow.finding import Finding, in_order
from engine.flow.prompt_reader import PROMPT_FOLDER
from engine.flow.rehearsal import script as to
from engine.flow.rehearsal.expansion import expanded
from engine.flow.rehearsal.fitting import Fitting, Path
from engine.flow.rehearsal.heard_item import prompt_ids, read_item
from engine.flow.rehearsal.source import (
    MOST_CASES,
    ActionSource,
    AgentSource,
    CallSource,
    CaseSource,
    ExpectSource,
    MocksSource,
    ReplySource,
    ScriptHead,
)
from engine.flow.suggestion import did_you_mean
from engine.flow.validation import validate
from engine.flow.values import type_word
from engine.flow.yaml_source import Located, LocatedMap, place_of, read_yaml

TEST_SUFFIX = ".test.yaml"
TEST_FOLDER = "ivr_flows/"
ORDINARY_TIME = "2026-03-02T10:00"
"""When a call comes that says nothing about it: a Monday morning, in the project's zone."""


def is_test(path: str) -> bool:
    """Whether a file, by its path from the project's root, holds tests."""
    return path.startswith(TEST_FOLDER) and path.endswith(TEST_SUFFIX) and not path.startswith(PROMPT_FOLDER)


def read_scripts(
    sources: Mapping[str, str | bytes], bundle: Bundle | None
) -> tuple[tuple[to.Script, ...], tuple[Finding, ...]]:
    """The test files among some texts, and what is wrong with them. Without a bundle only their form is looked at."""
    scripts: list[to.Script] = []
    findings: list[Finding] = []
    ids = prompt_ids(bundle.prompts) if bundle is not None else None
    for path in sorted(sources):
        script, wrong = read_script(path, sources[path], bundle, ids)
        findings.extend(wrong)
        if script is not None:
            scripts.append(script)
    return tuple(scripts), in_order(findings)


def read_script(
    file: str, source: str | bytes, bundle: Bundle | None, ids: frozenset[str] | None = None
) -> tuple[to.Script | None, tuple[Finding, ...]]:
    """One test file, or None when anything is wrong with it. `ids` are the project's prompts, when they are known."""
    value, findings = read_yaml(file, source)
    if findings:
        return None, in_order(findings)
    if not isinstance(value, LocatedMap):
        message = 'write a map that begins with "flow: NAME" and holds "cases:"'
        return None, (Finding(Place(file, 1, 1), "error", "schema", message),)
    if ids is None and bundle is not None:
        ids = prompt_ids(bundle.prompts)
    reader = _Reader(value, bundle, ids)
    script = reader.read()
    return (None if reader.findings else script), in_order(reader.findings)


class _Reader:
    """Reads one test file."""

    def __init__(self, root: LocatedMap, bundle: Bundle | None, ids: frozenset[str] | None) -> None:
        self.root = root
        self.bundle = bundle
        self.ids = ids
        self.findings: list[Finding] = []
        self.fitting: Fitting | None = None
        self.zone = ZoneInfo(bundle.project.timezone if bundle is not None else "UTC")

    def read(self) -> to.Script | None:
        head, wrong = validate(ScriptHead, self.root, self.root, what="the test file")
        self.findings.extend(wrong)
        if head is None:
            return None
        if self.bundle is not None:
            flow = self.bundle.flows.get(head.flow)
            if flow is None:
                message = f'no flow "{head.flow[:60]}"{did_you_mean(head.flow, self.bundle.flows)}'
                self.report(self.root, ("flow",), message, "unknown-flow")
            self.fitting = Fitting(self.bundle, flow, self.findings)
            self.fitting.call(head.defaults.call, self.root, ("defaults", "call"))
            self.fitting.mocks(head.defaults.mocks, self.root, ("defaults", "mocks"))
        cases: list[to.Case] = []
        seen: dict[str, Place] = {}
        for index, written in enumerate(head.cases):
            if not isinstance(written, LocatedMap):
                message = f"a case is a map with a name and a dialogue, not {type_word(written)}"
                self.report(self.root, ("cases", index), message)
                continue
            for filled in expanded(written, self.findings):
                case = self._case(filled, head)
                if case is None:
                    continue
                if case.name in seen:
                    message = f'the case "{case.name[:60]}" is already in line {seen[case.name].line}'
                    self.findings.append(Finding(case.place, "error", "duplicate-case", message))
                seen[case.name] = case.place
                cases.append(case)
        if len(cases) > MOST_CASES:
            self.report(self.root, ("cases",), f"at most {MOST_CASES} cases in a file")
        return to.Script(self.root.file, head.flow, tuple(cases))

    def report(self, root: Located, path: Path, message: str, rule: str = "schema") -> None:
        self.findings.append(Finding(place_of(root, path), "error", rule, message))

    def _case(self, root: LocatedMap, head: ScriptHead) -> to.Case | None:
        source, wrong = validate(CaseSource, root, root, what="the case")
        self.findings.extend(wrong)
        if source is None:
            return None
        if self.fitting is not None:
            self.fitting.call(source.call, root, ("call",))
            self.fitting.mocks(source.mocks, root, ("mocks",))
        actions = tuple(self._action(action, root, ("dialogue", index)) for index, action in enumerate(source.dialogue))
        strict = head.defaults.strict if source.strict is None else source.strict
        return to.Case(
            source.name,
            place_of(root, ("name",)),
            head.flow,
            self._call(head.defaults.call, source.call, root),
            as_mocks(head.defaults.mocks, source.mocks),
            actions,
            self._expectations(source.expect, root, ("expect",)),
            strict,
        )

    # The call

    def _call(self, shared: CallSource, own: CallSource, root: LocatedMap) -> to.CallSetup:
        at = self._time(self.root, ("defaults", "call", "at"), shared.at or ORDINARY_TIME)
        if own.at is not None:
            at = self._time(root, ("call", "at"), own.at)
        inputs = {**shared.inputs, **own.inputs}
        if self.fitting is not None and self.fitting.flow is not None:
            for name, variable in self.fitting.flow.inputs.items():
                if variable.required and name not in inputs:
                    message = f"the flow {self.fitting.flow.name} needs the input {name}: write call: {{inputs: ...}}"
                    self.findings.append(Finding(place_of(root, ("name",)), "error", "missing-input", message))
        return to.CallSetup(
            at,
            own.caller or shared.caller or "",
            own.called or shared.called or "",
            own.language or shared.language or "",
            inputs,
            {**shared.headers, **own.headers},
            bool(shared.answered if own.answered is None else own.answered),
        )

    def _time(self, root: Located, path: Path, text: str) -> float:
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).timestamp()
        except (ValueError, OverflowError):
            self.report(root, path, "write a time such as 2026-12-25T10:00")
            return 0.0

    # The dialogue

    def _action(self, source: ActionSource, root: LocatedMap, path: Path) -> to.Action:
        (word,) = source.model_fields_set
        place = place_of(root, (*path, word), key=True)
        within = (*path, word)
        match word:
            case "hear":
                assert source.hear is not None
                if self.fitting is not None:
                    self.fitting.languages(source.hear, root, within)
                return to.Hear(
                    place,
                    {
                        language: self._items(items, root, (*within, language) if language else within)
                        for language, items in source.hear.items()
                    },
                )
            case "press":
                return to.Press(place, tuple(source.press or ()))
            case "silence":
                return to.Silence(place, source.silence or 1)
            case "wait":
                return to.Pause(place, source.wait or 0.0)
            case "speak":
                return to.Speak(place, source.speak or 0.0)
            case "agent":
                if isinstance(source.agent, AgentSource):
                    return to.AgentPresses(place, source.agent.press)
                if source.agent == "hangs_up":
                    return to.AgentLeaves(place)
                return to.AgentWill(place, source.agent or "answers")
            case "expect":
                assert source.expect is not None
                return to.Check(place, self._expectations(source.expect, root, within))
            case _:
                return to.HangUp(place)

    def _items(self, sources: Iterable[str], root: LocatedMap, path: Path) -> tuple[to.Item, ...]:
        found = []
        for index, source in enumerate(sources):
            place = place_of(root, (*path, index))
            item, wrong = read_item(source, place, self.ids)
            if item is None:
                self.findings.append(Finding(place, "error", "unknown-in-test", wrong))
            else:
                found.append(item)
        return tuple(found)

    # What must be so

    def _expectations(self, source: ExpectSource, root: LocatedMap, path: Path) -> tuple[to.Expectation, ...]:
        if self.fitting is not None:
            self.fitting.expect(source, root, path)
        found: list[to.Expectation] = []
        for about in ExpectSource.model_fields:
            if about not in source.model_fields_set:
                continue
            value = getattr(source, about)
            within = (*path, about)
            name = cast(to.About, about)
            if value is None:
                self.report(root, within, f"{about} needs a value; leave it out to expect nothing of it")
            elif isinstance(value, dict):
                found += [
                    to.Expectation(place_of(root, (*within, key), key=True), name, key, wanted)
                    for key, wanted in value.items()
                ]
            elif about in ("heard", "not_heard"):
                found += [to.Expectation(item.place, name, "", item) for item in self._items(value, root, within)]
            elif about == "requests":
                wanted = tuple(self._request(one, root, (*within, index)) for index, one in enumerate(value))
                found.append(to.Expectation(place_of(root, within, key=True), name, "", wanted))
            elif about == "events":
                found += [
                    to.Expectation(place_of(root, (*within, index)), name, "", self._event(one, root, (*within, index)))
                    for index, one in enumerate(value)
                ]
            elif about in ("visited", "not_visited"):
                found += [
                    to.Expectation(place_of(root, (*within, index)), name, "", one) for index, one in enumerate(value)
                ]
            else:
                found.append(to.Expectation(place_of(root, within, key=True), name, "", value))
        return tuple(found)

    def _request(self, written: str | dict[str, Any], root: LocatedMap, path: Path) -> to.RequestWanted:
        if isinstance(written, str):
            return to.RequestWanted(written)
        if len(written) != 1:
            self.report(root, path, "write one request, as POST crm/tickets or {POST crm/tickets: {field: value}}")
            return to.RequestWanted("")
        key, json_ = next(iter(written.items()))
        return to.RequestWanted(key, json_, looks=True)

    def _event(self, written: str | dict[str, Any], root: LocatedMap, path: Path) -> to.EventWanted:
        if isinstance(written, str):
            return to.EventWanted(written)
        kind, fields = next(iter(written.items()), ("", None))
        if len(written) != 1 or not isinstance(fields, dict | None):
            self.report(root, path, "write one event, as recording.saved or {recording.saved: {field: value}}")
            return to.EventWanted("")
        return to.EventWanted(kind, fields or {})


def as_mocks(shared: MocksSource, own: MocksSource = MocksSource()) -> to.Mocks:  # noqa: B008 - it cannot change
    """What is mocked by both; `own` goes before `shared`, entry by entry."""
    return to.Mocks(
        {key: tuple(_reply(reply) for reply in replies) for key, replies in {**shared.http, **own.http}.items()},
        {key: tuple(doings) for key, doings in {**shared.transfer, **own.transfer}.items()},
        {**shared.hours, **own.hours},
        (own.record or shared.record) != "fails",
        {**shared.session, **own.session},
    )


def _reply(source: ReplySource) -> to.Reply:
    headers = {name.lower(): value for name, value in source.headers.items()}
    reply = to.Reply(source.status, source.body, headers, source.error or "", source.delay)
    if "json_" not in source.model_fields_set:
        return reply
    body = json.dumps(cast(Json, source.json_), ensure_ascii=False)
    return replace(reply, body=body, headers={"content-type": "application/json", **headers})
