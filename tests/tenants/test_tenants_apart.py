"""Nothing of one tenant is ever visible to another: whatever is asked, with whatever ids, by whatever route."""

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api.frame import create_app
from tests.tenants.house import CALLERS, NUMBERS, OURS, THEIRS, WORD, House, Tenant, text_of

HEADERS_THAT_DIFFER = re.compile(
    r"^(x-request-id|date|content-length|x?-?ratelimit-[a-z]+|etag|set-cookie):.*$", re.IGNORECASE | re.MULTILINE
)
TOKENS = re.compile(r'name="_token" value="[0-9a-f]+"|nonce[-=]"?[A-Za-z0-9+/_=-]+"?')


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation under /v1: method, path, description."""
    return [
        (method.upper(), path, told)
        for path, item in document["paths"].items()
        for method, told in item.items()
        if path.startswith("/v1/")
    ]


def document_of(house: House) -> dict[str, Any]:
    document: dict[str, Any] = house.app.api_doc  # type: ignore[attr-defined]
    return document


class Guess:
    """Draws the parts of requests: mostly what belongs to the other tenant, sometimes our own, sometimes nothing."""

    def __init__(self, seed: int, house: House) -> None:
        self._dice = Random(seed)
        self._house = house

    def known(self, name: str) -> tuple[list[str], list[str]]:
        """What there is for a parameter of this name: theirs, then ours."""
        pools = {
            "webhook": [tenant.endpoints for tenant in self._both],
            "call": [tenant.calls for tenant in self._both],
            "event": [[f"evt_{call}_1" for call in tenant.calls] for tenant in self._both],
            "flow": [list(tenant.flows) for tenant in self._both],
            "number": [[NUMBERS[tenant.name], "102" if tenant.name == THEIRS else "101"] for tenant in self._both],
            "caller": [[CALLERS[tenant.name]] for tenant in self._both],
            "tag": [[f"{tenant.name}_plan=gold"] for tenant in self._both],
            "tenant": [[tenant.name] for tenant in self._both],
        }  # fmt: skip
        alike = {"name": "flow", "called": "number", "to": "number", "endpoint": "webhook", "id": "webhook"}
        name = alike.get(name, name)
        if name in pools:
            return pools[name][0], pools[name][1]
        return [one for pool in pools.values() for one in pool[0]], [one for pool in pools.values() for one in pool[1]]

    @property
    def _both(self) -> tuple[Tenant, Tenant]:
        return self._house.theirs, self._house.ours

    def maybe(self, likely: float = 0.5) -> bool:
        """Yes or no."""
        return self._dice.random() < likely

    def any_of(self, known: Sequence[Any]) -> Any:
        """One of them."""
        return self._dice.choice(known)

    def one(self, name: str) -> str:
        theirs, ours = self.known(name)
        return str(self.any_of(theirs if self.maybe() else ours))

    def path(self, path: str) -> tuple[str, str]:
        """The path with its parts filled in, and the same with parts that name nothing at all."""
        twin = path
        for name in re.findall(r"{(\w+)}", path):
            value = self.any_of(self.known(name)[0])
            path, twin = path.replace(f"{{{name}}}", value), twin.replace(f"{{{name}}}", nothing_like(value))
        return path, twin

    def query(self, told: dict[str, Any]) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        for parameter in told.get("parameters", ()):
            if parameter["in"] == "query" and self.maybe(0.2):
                asked[parameter["name"]] = self.value(parameter["name"], parameter.get("schema", {}), {})
        if "last_event_id" in asked:
            asked["last_event_id"] = "0"
        if "types" in asked:
            asked["types"] = "*"
        return asked

    def body(self, told: dict[str, Any], document: dict[str, Any]) -> Any:
        content = told.get("requestBody", {}).get("content", {}).get("application/json")
        return self.value("body", content["schema"], document) if content else None

    def value(self, name: str, schema: dict[str, Any], document: dict[str, Any]) -> Any:
        """Something that fits a schema."""
        if "$ref" in schema:
            return self.value(name, _referred(schema["$ref"], document), document)
        for either in ("anyOf", "oneOf", "allOf"):
            if either in schema:
                return self.value(name, self.any_of(schema[either]), document)
        if "enum" in schema:
            return self.any_of(schema["enum"])
        match schema.get("type"):
            case "object":
                wanted = schema.get("required", ())
                return {
                    field: self.value(field, inner, document)
                    for field, inner in schema.get("properties", {}).items()
                    if field in wanted or self.maybe()
                }
            case "array":
                return [self.value(name, schema.get("items", {}), document)]
            case "integer" | "number":
                return self._dice.randint(int(schema.get("minimum", 0)), max(1, min(int(schema.get("maximum", 9)), 9)))
            case "boolean":
                return self.maybe()
            case "null":
                return None
        if name == "url":
            return "https://93.184.216.34/new"
        if name in ("events", "types"):
            return "*"
        if schema.get("format") == "date-time" or name in ("from", "failed_since", "at", "since"):
            return "2026-01-01T00:00:00Z"
        return self.one(name)


def _referred(reference: str, document: dict[str, Any]) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def nothing_like(value: str) -> str:
    """A text of the same form that names nothing."""
    if value.startswith("ep_"):
        return "ep_" + "0" * len(value[3:])
    if value.removeprefix("+").isdigit():
        return f"{value[:-1]}8"
    return re.sub(r"[0-9]", "9", value).replace(WORD, "gone")


def shown_of(text: str, asked: str) -> str:
    """A reply without what differs from one to the next, and without what it was asked for."""
    return TOKENS.sub("", HEADERS_THAT_DIFFER.sub("", text)).replace(asked, "ASKED")


def leaks(house: House, text: str, asked: str) -> Iterator[str]:
    """Words of the other tenant in a reply which the request did not hold itself."""
    for word in house.theirs.words:
        if word in text and word not in asked:
            yield word
    if WORD in text and WORD not in asked:
        yield WORD


def something_happens(house: House, guess: Guess) -> None:
    tags = guess.any_of([{}, {"plan": "gold"}])
    house.told_call(guess.any_of([house.ours, house.theirs]), ends=guess.maybe(), tags=tags)


@settings(
    max_examples=8, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(st.integers(0, 2**32))
def test_no_request_shows_or_changes_anything_of_another_tenant(house: House, seed: int) -> None:
    guess, document = Guess(seed, house), document_of(house)
    something_happens(house, guess)
    before = house.belongings(house.theirs)
    asking = operations(document)
    for method, template, told in asking + 3 * [each for each in asking if each[0] == "GET"]:
        path, twin = guess.path(template)
        query, body = guess.query(told), guess.body(told, document)
        asked = f"{path} {query} {body}"
        reply = text_of(house.ask(house.ours, method, path, query_string=query, json=body))
        assert not list(leaks(house, reply, asked)), f"{method} {path} {query} {body}\n{reply}"
        assert not reply.startswith("5"), f"{method} {path} {query} {body}\n{reply}"
        if path != twin:
            other = text_of(house.ask(house.ours, method, twin, query_string=query, json=body))
            known, unknown = path.split("/")[3], twin.split("/")[3]
            assert shown_of(reply, known) == shown_of(other, unknown), f"{method} {path} can be told from {twin}"
    assert house.belongings(house.theirs) == before


@settings(
    max_examples=4, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(st.integers(0, 2**32))
def test_no_page_of_the_console_does_either(house: House, seed: int) -> None:
    guess = Guess(seed, house)
    something_happens(house, guess)
    before = house.belongings(house.theirs)
    for rule in house.app.url_map.iter_rules():  # type: ignore[attr-defined]
        if not rule.rule.startswith("/console") or "static" in rule.rule:
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            path, _ = guess.path(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
            form = {name: guess.one(name) for name in ("call", "flow", "caller", "called", "webhook", "event", "to")}
            reply = text_of(house.visit(house.ours, method, path, form))
            asked = f"{path} {form}"
            assert not list(leaks(house, reply, asked)), f"{method} {path} {form}\n{reply}"
            assert not reply.startswith("5"), f"{method} {path} {form}\n{reply}"
    assert house.belongings(house.theirs) == before


@settings(
    max_examples=4, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(st.integers(0, 2**32))
def test_no_webhook_tells_of_another_tenant(house: House, seed: int) -> None:
    guess, document = Guess(seed, house), document_of(house)
    for _ in range(4):
        something_happens(house, guess)
    for method, template, told in operations(document):
        if method != "POST" or not template.startswith("/v1/webhooks/{"):
            continue
        name = re.findall(r"{(\w+)}", template)[0]
        path = template.replace(f"{{{name}}}", guess.any_of(house.ours.endpoints))
        house.ask(house.ours, method, path, json=guess.body(told, document))
    for call in house.theirs.calls:
        replay = {"event": f"evt_{call}_1"}
        reply = house.ask(house.ours, "POST", f"/v1/webhooks/{house.ours.endpoints[-1]}/replay", json=replay)
        assert reply.status_code in (404, 409), reply.text
    house.everything_delivered()
    assert {tenant for tenant, _ in house.customers.told} == {OURS, THEIRS}
    for tenant, body in house.customers.told:
        words = house.theirs.words if tenant == OURS else house.ours.words
        assert not [word for word in words if word.encode() in body], (tenant, body)
        assert (WORD.encode() in body) == (tenant == THEIRS)


def test_counts_and_lists_are_of_one_tenant(house: House) -> None:
    for tenant in (house.ours, house.theirs, house.theirs):
        house.told_call(tenant, ends=True, tags={"plan": "gold"})
    for tenant, other in ((house.ours, house.theirs), (house.theirs, house.ours)):
        ended = house.ask(tenant, "GET", "/v1/calls?state=ended&limit=100").json
        live = house.ask(tenant, "GET", "/v1/calls?state=live&limit=100").json
        listed = {call["id"] for call in ended["calls"] + live["calls"]}
        assert listed >= set(tenant.calls)
        assert not listed & set(other.calls)
        assert ended["total"] + live["total"] == house.ask(tenant, "GET", "/v1/calls").json["total"] == len(listed)
        assert house.ask(tenant, "GET", "/v1/usage").json["usage"]["calls"] == ended["total"]
        webhooks = house.ask(tenant, "GET", "/v1/webhooks?limit=100").json["webhooks"]
        assert not {webhook["id"] for webhook in webhooks} & set(other.endpoints)
        flows = house.ask(tenant, "GET", "/v1/flows").json["flows"]
        assert {flow["name"] for flow in flows} == set(tenant.flows)
        feed = text_of(house.ask(tenant, "GET", "/v1/events?last_event_id=0"))
        assert all(f'"call":"{call}"' in feed for call in tenant.calls)
        assert not any(call in feed for call in other.calls)


def test_every_route_is_asked(house: House) -> None:
    """A route that is neither in the document nor a page of the console would not be covered here."""
    known = {path for _, path, _ in operations(document_of(house))}
    others = {"/health", "/ready", "/openapi.json"}
    for rule in create_app(house.app.extensions["switchboard"]).url_map.iter_rules():  # type: ignore[attr-defined]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        assert path in known | others or path.startswith("/console") or path == "/", path


@pytest.mark.parametrize("scope", ["", "usage:read"])
def test_a_key_of_another_tenant_does_not_open_ours(house: House, scope: str) -> None:
    key = house.theirs.key if scope else ""
    client = house.ask(Tenant(OURS, key=key), "GET", f"/v1/calls/{house.ours.calls[0]}")
    assert client.status_code == (404 if scope else 401)
