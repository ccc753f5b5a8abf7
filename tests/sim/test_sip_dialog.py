"""Requests inside a dialog."""

import pytest

from engine.sim.sip_dialog import Dialog, resolve


def dialog(**changes: object) -> Dialog:
    values: dict[str, object] = {
        "call_id": "c", "local": "<sip:us@h>;tag=1", "remote": "<sip:them@h>;tag=2",
        "remote_target": "sip:them@127.0.0.1:5090", "contact": "<sip:us@127.0.0.1>", "fallback": ("127.0.0.9", 9),
    }  # fmt: skip
    return Dialog(**{**values, **changes})  # type: ignore[arg-type]


def test_requests_are_numbered_and_carry_the_dialog() -> None:
    ours = dialog()
    first, second = ours.request("BYE", Reason="x"), ours.request("INVITE", body="v=0")
    assert (first.headers["CSeq"], second.headers["CSeq"]) == ("1 BYE", "2 INVITE")
    assert (first.headers["Reason"], second.headers["Content-Length"]) == ("x", "3")
    assert ours.key == ("c", "1")
    assert ours.request("ACK", cseq=2).headers["CSeq"] == "2 ACK"


def test_the_route_is_the_next_hop() -> None:
    ours = dialog(routes=["<sip:127.0.0.2:5080;lr>"])
    assert ours.target == ("127.0.0.2", 5080)
    assert ours.request("BYE").headers["Route"] == "<sip:127.0.0.2:5080;lr>"
    assert dialog().target == ("127.0.0.1", 5090)


def test_an_unknown_host_falls_back_to_where_the_call_came_from() -> None:
    assert dialog(remote_target="sip:them@no-such-host.invalid").target == ("127.0.0.9", 9)
    assert resolve("no-such-host.invalid", None) is None
    assert resolve("192.0.2.7", None) == ("192.0.2.7", 5060)


def test_a_target_that_is_no_uri_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="URI"):
        dialog(remote_target="nonsense").request("BYE")
