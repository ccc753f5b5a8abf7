"""Whether secrets stay secret, and what callers key in cannot be dialled as it is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine.flow.checked_project import CheckedProject, StepText, texts_of
from engine.flow.document import Flow, Place, StepNode
from engine.flow.finding import Finding
from engine.flow.rule import rule
from engine.flow.template import Template

SECRET_NOT_MASKED = rule("secret-not-masked", "error", "Keys that are stored in a secret variable are not masked.")
SECRET_EXPOSED = rule("secret-in-url-or-log", "error", "A secret would be in an address, a log, an event or a tag.")
DIAL_STRING = rule("caller-input-in-dial-string", "warning", "A transfer goes to what the caller keyed in, unchecked.")
LITERAL_CREDENTIAL = rule("literal-credential", "error", "A password or key stands in the files.")
PLAIN_HTTP = rule("plain-http", "warning", "A web service is asked over a line anybody can read.")

_CREDENTIAL = re.compile(r"(?i)^(?:proxy-)?authorization$|api[-_]?key|token|secret|passw(?:or)?d|^cookie$|^x-auth")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_TELLING: Mapping[str, tuple[str, ...]] = {
    "http": ("url", "path", "query"),
    "log": (),
    "event": (),
    "tag": (),
}
"""Kinds whose texts others can read; of `http` only these fields, of the others all."""


def check(project: CheckedProject) -> Iterator[Finding]:
    """Secrets that leak and input that is trusted."""
    yield from _services(project)
    for flow in project.own_flows:
        unchecked = _unchecked_entries(project, flow)
        for _, step in project.steps(flow):
            yield from _masked(project, flow, step)
            yield from _exposed(project, flow, step)
            if step.kind.word == "transfer":
                yield from _dialled(project, step, unchecked)
            if step.kind.word == "http":
                yield from _request(project, step)


def _services(project: CheckedProject) -> Iterator[Finding]:
    for name, service in project.project.services.items():
        path = ("services", name)
        yield from _address(service.url, project.project_place((*path, "url")))
        for header, value in service.headers.items():
            if _is_credential(header, value):
                place = project.project_place((*path, "headers", header))
                yield LITERAL_CREDENTIAL.at(place, f"write secret:NAME for the value of {header}")


def _is_credential(name: str, value: str) -> bool:
    return bool(_CREDENTIAL.search(name)) and bool(value.strip()) and "secret:" not in value and "${" not in value


def _address(url: str, place: Place) -> Iterator[Finding]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return
    if parts.scheme == "http" and host not in _LOCAL and "${" not in host:
        yield PLAIN_HTTP.at(place, "use https: this address is asked over an open line")
    if parts.password or any(_is_credential(name, value) for name, value in parse_qsl(parts.query)):
        yield LITERAL_CREDENTIAL.at(place, "a password or key is in the address; send it as a header secret:NAME")


def _masked(project: CheckedProject, flow: Flow, step: StepNode) -> Iterator[Finding]:
    kind: Any = step.kind
    if kind.word not in ("collect", "menu") or kind.store is None:
        return
    declared = project.project.session if kind.store.startswith("session.") else flow.vars
    variable = declared.get(kind.store.removeprefix("session."))
    if variable is not None and variable.secret and not getattr(kind, "mask", False):
        place = project.map.in_step(step, ("store",))
        advice = "add mask: true" if kind.word == "collect" else "a menu cannot mask its keys; use collect"
        yield SECRET_NOT_MASKED.at(place, f"{kind.store} is secret: {advice}")


def _is_secret(project: CheckedProject, flow: Flow, path: tuple[str, ...]) -> bool:
    declared = {"vars": flow.vars, "inputs": flow.inputs, "session": project.project.session}.get(path[0], {})
    if len(path) > 1:
        variable = declared.get(path[1])
        return variable is not None and variable.secret
    return any(variable.secret for variable in declared.values())


def _exposed(project: CheckedProject, flow: Flow, step: StepNode) -> Iterator[Finding]:
    fields = _TELLING.get(step.kind.word)
    if fields is None:
        return
    for text in texts_of(step):
        if text.beside or (fields and text.path[0] not in fields):
            continue
        for read in _reads(text):
            if _is_secret(project, flow, read[0]):
                message = f"{'.'.join(read[0])} is secret and would be seen here"
                yield SECRET_EXPOSED.at(project.text_place(text, read[1]), message)


def _reads(text: StepText) -> Iterator[tuple[tuple[str, ...], int]]:
    for expression in text.expressions:
        for read in expression.reads:
            yield read.path, read.column


def _unchecked_entries(project: CheckedProject, flow: Flow) -> set[str]:
    """Variables that hold what a caller keyed in, held to no pattern or check."""
    found = set()
    for _, step in project.steps(flow):
        kind: Any = step.kind
        if kind.word == "collect" and kind.pattern is None and kind.check is None and kind.valid_when is None:
            found.add(kind.store)
    return found


def _dialled(project: CheckedProject, step: StepNode, unchecked: set[str]) -> Iterator[Finding]:
    for text in texts_of(step):
        if text.path[:1] != ("to",):
            continue
        for path, column in _reads(text):
            stored = path[1] if path[0] == "vars" and len(path) > 1 else ".".join(path[:2])
            if stored in unchecked or path[:2] == ("call", "headers"):
                advice = "give its collect step a pattern" if stored in unchecked else "hold it to matches(...) first"
                message = f"{'.'.join(path)} is dialled as it came; {advice}"
                yield DIAL_STRING.at(project.text_place(text, column), message)


def _request(project: CheckedProject, step: StepNode) -> Iterator[Finding]:
    kind: Any = step.kind
    if isinstance(kind.url, Template):
        yield from _address(kind.url.source, project.map.in_step(step, ("url",)))
    for name, value in kind.headers.items():
        if _is_credential(name, value.source):
            place = project.map.in_step(step, ("headers", name))
            message = f"{name} stands in the flow; put it into a service's headers as secret:NAME"
            yield LITERAL_CREDENTIAL.at(place, message)
    for name, value in kind.query.items():
        if isinstance(value, Template) and _is_credential(name, value.source):
            place = project.map.in_step(step, ("query", name))
            yield LITERAL_CREDENTIAL.at(place, f"{name} stands in the flow; send it as a header secret:NAME")
