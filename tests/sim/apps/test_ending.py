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


@pytest.mark.parametrize("status", ["200 OK", "486 Busy"])
def test_deflect_ends_the_call_once_it_is_reported(world: World, status: str) -> None:
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
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_sip_refer_reply"] == f"SIP/2.0 {status}\r\n"
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "BLIND_TRANSFER"


def test_hangup_by_a_message(world: World) -> None:
    _, call = world.answered()
    world.client.command(f"sendmsg {call}\ncall-command: hangup\nhangup-cause: CALL_REJECTED")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "CALL_REJECTED"
