"""Ending a call, or sending it away."""

import pytest

from tests.sim.conftest import World


def test_respond(world: World) -> None:
    phone, call = world.parked()
    world.client.execute(call, "respond", "486 Very Busy")
    assert phone.ended.wait(5)
    assert phone.log[-1].first == "SIP/2.0 486 Very Busy"
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "USER_BUSY"


def test_redirect(world: World) -> None:
    phone, call = world.parked()
    world.client.execute(call, "redirect", "sip:bob@example.com")
    assert phone.ended.wait(5)
    assert (phone.final, phone.log[-1].get("Contact")) == (302, "<sip:bob@example.com>")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=call)


@pytest.mark.parametrize(("status", "cause"), [("200 OK", "BLIND_TRANSFER"), ("486 Busy", None)])
def test_deflect_waits_for_the_report(world: World, status: str, cause: str | None) -> None:
    phone, call = world.answered()
    label = world.client.execute(call, "deflect", "sip:bob@example.com")
    world.client.wait(lambda: any(message.method == "REFER" for message in phone.log), "the REFER")
    refer = next(message for message in phone.log if message.method == "REFER")
    assert refer.get("Refer-To") == "<sip:bob@example.com>"
    assert phone.server
    for report in ("100 Trying", status):
        data = phone.request(
            "NOTIFY", phone.target, body=f"SIP/2.0 {report}\r\n", extra="Event: refer\r\nSubscription-State: active\r\n"
        )
        phone.sock.sendto(data, phone.server)
    if cause:
        assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == cause
    else:
        world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
        assert world.client.api(f"uuid_exists {call}") == "true"


def test_hangup_by_a_message(world: World) -> None:
    _, call = world.answered()
    world.client.command(f"sendmsg {call}\ncall-command: hangup\nhangup-cause: CALL_REJECTED")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "CALL_REJECTED"
