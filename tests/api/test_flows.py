"""Flows over the API: what there is, what is in it, what is wrong with it; and nothing of anybody else."""

from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from engine.api.services import Services
from engine.core.control import ReloadOrder
from engine.core.errors import ControlError
from tests.api.conftest import Connect
from tests.api.memory import MemoryControl, MemoryFlows, sources

HELLO = """\
flow: hello
description: Says hello.
inputs:
  who: {type: string, default: you}
  pin: {type: string, secret: true, default: "1234"}
start: greet
blocks:
  greet:
    - answer:
    - name: offer
      menu:
        prompt: {say: For sales press 1}
        choices: {"1": sales}
        no_input: {then: bye}
        invalid: {then: [{play: Sorry}, {goto: bye}]}
  sales:
    - when: "inputs.who == 'you'"
      transfer: {to: user/alice, failed: bye}
    - goto: bye
  bye:
    - hangup:
"""
OTHER = "flow: theirs\ntenant: other\nstart: a\nblocks:\n  a:\n    - hangup:\n"
PROJECT = {
    "ivr_flows/hello.flow.yaml": HELLO,
    "ivr_flows/theirs.flow.yaml": OTHER,
    "dialplans/main.yaml": 'rules:\n  - {name: main, number: "+442079460000", flow: hello}\n',
}


@pytest.fixture
def flows(world: Services) -> Services:
    return replace(world, flows=MemoryFlows(sources(PROJECT)))


@pytest.fixture
def client(flows: Services, connect: Connect) -> Client:
    return connect(flows, "acme", "flows:read")


def test_a_tenant_sees_its_own_flows_and_no_built_in_one(flows: Services, connect: Connect) -> None:
    listed = connect(flows, "acme").get("/v1/flows").json
    assert [flow["name"] for flow in listed["flows"]] == ["hello"]
    assert (listed["total"], listed["limit"], listed["offset"]) == (1, 50, 0)
    assert [flow["name"] for flow in connect(flows, "other").get("/v1/flows").json["flows"]] == ["theirs"]
    assert connect(flows, "nobody").get("/v1/flows").json["flows"] == []


def test_pages(client: Client) -> None:
    assert client.get("/v1/flows?offset=1").json == {
        "flows": [], "total": 1, "limit": 50, "offset": 1, "version": client.get("/v1/flows").json["version"],
    }  # fmt: skip


def test_a_flow_is_read_with_its_blocks_and_steps(client: Client) -> None:
    flow = client.get("/v1/flows/hello").json["flow"]
    assert (flow["name"], flow["start"], flow["file"]) == ("hello", "greet", "ivr_flows/hello.flow.yaml")
    assert [(block["name"], block["line"]) for block in flow["blocks"]] == [("greet", 8), ("sales", 16), ("bye", 20)]
    menu = flow["blocks"][0]["steps"][1]
    assert (menu["kind"], menu["name"], menu["line"]) == ("menu", "offer", 11)
    assert menu["fields"]["choices"] == {"1": "sales"}
    ways = {way["on"]: way["to"] for way in menu["leads_to"]}
    assert ways["choices.1"] == "sales"
    assert None in ways.values()
    assert flow["blocks"][1]["steps"][0]["when"] == "inputs.who == 'you'"


def test_a_secret_default_is_not_shown(client: Client) -> None:
    inputs = {one["name"]: one for one in client.get("/v1/flows/hello").json["flow"]["inputs"]}
    assert inputs["who"]["default"] == "you"
    assert (inputs["pin"]["secret"], inputs["pin"]["default"]) == (True, None)
    assert "1234" not in client.get("/v1/flows").text


@pytest.mark.parametrize("name", ["theirs", "unclaimed", "nothing", "hello%00", "x" * 2000])
def test_what_is_not_theirs_is_not_there(client: Client, name: str) -> None:
    reply = client.get(f"/v1/flows/{name}")
    assert (reply.status_code, reply.json["error"]) == (404, "not_found")


def test_before_a_version_could_be_loaded_it_says_so(world: Services, connect: Connect) -> None:
    broken = replace(world, flows=MemoryFlows(sources({"ivr_flows/x.flow.yaml": "flow: x\n"})))
    for path in ("/v1/flows", "/v1/flows/x", "/v1/numbers/1"):
        reply = connect(broken, "acme").get(path)
        assert (reply.status_code, reply.json["error"]) == (503, "flows_unavailable")


def check(client: Client, **body: Any) -> Any:
    return client.post("/v1/flows/check", json=body)


def test_a_text_is_checked_with_places_and_suggestions(client: Client) -> None:
    text = HELLO.replace('"1": sales', '"1": salse').replace("flow: hello", "flow: hello2")
    told = check(client, text=text).json
    assert told["ok"] is False
    (error,) = (found for found in told["findings"] if found["severity"] == "error")
    assert (error["file"], error["line"]) == ("ivr_flows/posted.flow.yaml", 13)
    assert error["suggestion"] == "sales"
    assert "salse" in error["message"]


def test_a_good_text_is_good(client: Client) -> None:
    told = check(client, text=HELLO, file="ivr_flows/hello.flow.yaml").json
    assert told["ok"] is True


def test_the_files_on_disk_are_checked(world: Services, connect: Connect) -> None:
    project = PROJECT | {"ivr_flows/bad.flow.yaml": "flow: bad\nstart: no\nblocks:\n  a:\n    - hangup:\n"}
    worse = replace(world, flows=MemoryFlows(sources(project)))
    for reply in (check(connect(worse, "acme")), connect(worse, "acme").post("/v1/flows/check")):
        assert reply.json["ok"] is False
        assert {found["file"] for found in reply.json["findings"] if found["severity"] == "error"} == {
            "ivr_flows/bad.flow.yaml"
        }
    assert check(connect(worse, "other")).json["ok"] is True


@pytest.mark.parametrize(
    "file", ["elsewhere.yaml", "ivr_flows/../x.flow.yaml", "/etc/passwd", "ivr_flows/\0.flow.yaml"]
)
def test_a_file_that_is_no_source_is_refused(client: Client, file: str) -> None:
    reply = check(client, text="a", file=file)
    assert (reply.status_code, reply.json["message"].partition(":")[0]) == (400, "file")


@pytest.mark.parametrize("text", ["", "{", "a: &a [*a]", "\t", "flow: [1, 2", "x" * 100_000, "é: " + "[" * 500])
def test_no_text_is_too_strange(client: Client, text: str) -> None:
    reply = check(client, text=text)
    assert reply.status_code == 200
    assert reply.json["ok"] is False


def test_reloading_is_ordered_of_the_engines(flows: Services, connect: Connect) -> None:
    reply = connect(flows, "acme", "flows:write").post("/v1/flows/reload")
    assert reply.json == {"version": "0123456789ab", "changed": True, "problems": []}
    assert isinstance(flows.control, MemoryControl)
    assert flows.control.taken == [ReloadOrder("acme")]


def test_a_reload_needs_its_scope(client: Client) -> None:
    assert client.post("/v1/flows/reload").status_code == 403


def test_no_engine_is_told(world: Services, connect: Connect) -> None:
    away = replace(world, control=MemoryControl(wrong=ControlError("no engine answers", "engine_away")))
    reply = connect(away, "acme").post("/v1/flows/reload")
    assert (reply.status_code, reply.json["error"], reply.headers["Retry-After"]) == (503, "engine_away", "1")
