"""The route of a number over the API: the flow and why, for those whose rule it is."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from engine.api.services import Services
from tests.api.conftest import Connect
from tests.api.memory import MemoryFlows, sources

FLOW = (
    "flow: {name}\ntenant: {tenant}\ninputs:\n  x: {{type: number, default: 0}}\n"
    "start: a\nblocks:\n  a:\n    - hangup:\n"
)
PROJECT = {
    "ivr_flows/project.yaml": (
        "country: GB\ntimezone: Europe/London\ncalendars:\n  hours:\n    timezone: Europe/London\n"
        '    weekly: {mon-fri: ["09:00-17:00"]}\n'
    ),
    "ivr_flows/day.flow.yaml": FLOW.format(name="day", tenant="acme"),
    "ivr_flows/night.flow.yaml": FLOW.format(name="night", tenant="acme"),
    "ivr_flows/theirs.flow.yaml": FLOW.format(name="theirs", tenant="other"),
    "dialplans/main.yaml": (
        "rules:\n"
        '  - {name: by day, number: "+442079460000", calendar: hours, state: open, flow: day, with: {x: 5}}\n'
        '  - {name: at night, number: "+442079460000", flow: night}\n'
        '  - {name: secret rule, number: "+442079460099", flow: theirs}\n'
        '  - {name: the rest, number: "+4420*", flow: night}\n'
    ),
}


@pytest.fixture
def numbers(world: Services) -> Services:
    return replace(world, flows=MemoryFlows(sources(PROJECT)))


@pytest.fixture
def client(numbers: Services, connect: Connect) -> Client:
    return connect(numbers, "acme", "flows:read")


def test_the_flow_depends_on_the_time(client: Client) -> None:
    day = client.get("/v1/numbers/+442079460000?at=2026-11-20T10:00").json["number"]
    assert (day["claimed"], day["flow"], day["rule"], day["inputs"]) == (True, "day", "by day", {"x": 5})
    assert (day["e164"], day["at"]) == ("+442079460000", "2026-11-20T10:00:00+00:00")
    night = client.get("/v1/numbers/+442079460000?at=2026-11-20T22:00:00%2B00:00").json["number"]
    assert (night["flow"], night["rule"]) == ("night", "at night")
    assert next(rule for rule in night["considered"] if rule["rule"] == "by day")["reason"].startswith("the calendar")


@pytest.mark.parametrize("written", ["020 7946 0000", "(020) 7946-0000", "%2B44%2020%207946%200000", "020/79460000"])
def test_people_may_write_it_as_they_do(client: Client, written: str) -> None:
    assert client.get(f"/v1/numbers/{written}?at=2026-11-20T22:00").json["number"]["flow"] == "night"


def test_what_nobody_claims_is_told(client: Client) -> None:
    told = client.get("/v1/numbers/12345").json["number"]
    assert (told["claimed"], told["flow"], told["rule"], told["e164"]) == (False, None, None, "")
    assert all(not rule["holds"] for rule in told["considered"])


def test_a_number_of_another_looks_like_nobodys(client: Client, numbers: Services, connect: Connect) -> None:
    reply = client.get("/v1/numbers/+442079460099?at=2026-11-20T10:00")
    assert reply.json["number"]["claimed"] is False
    assert "secret" not in reply.text
    assert "theirs" not in reply.text
    own = connect(numbers, "other").get("/v1/numbers/+442079460099").json["number"]
    assert (own["flow"], [rule["rule"] for rule in own["considered"]]) == ("theirs", ["secret rule"])


@pytest.mark.parametrize("at", ["tomorrow", "2026-13-01", "9999-12-31", "0001-01-01", "2026-11-20T10:00+99:00", "1e9"])
def test_a_time_that_is_none_is_refused(client: Client, at: str) -> None:
    reply = client.get("/v1/numbers/1", query_string={"at": at})
    assert (reply.status_code, reply.json["message"].partition(":")[0]) == (400, "at")


@pytest.mark.parametrize("number", ["%00", "a" * 200, "%F0%9F%93%9E", "..%2f..%2fetc", "sip:a@b", "';--"])
def test_any_text_is_a_number_nobody_claims(client: Client, number: str) -> None:
    assert client.get(f"/v1/numbers/{number}").json["number"]["claimed"] is False


def test_a_text_too_long_for_a_number_is_not_there(client: Client) -> None:
    assert client.get(f"/v1/numbers/{'1' * 201}").status_code == 404
