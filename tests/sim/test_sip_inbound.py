"""Calls that come in, told from the caller's side."""

import pytest

from tests.sim.conftest import World


def test_early_media_then_answer(world: World) -> None:
    phone, call = world.parked()
    world.client.run(call, "pre_answer")
    assert phone.ringing.wait(5)
    assert [message.code for message in phone.log] == [100, 183]
    world.client.run(call, "answer")
    assert phone.answered.wait(5)
    assert world.client.names(call).count("CHANNEL_PROGRESS_MEDIA") == 1


def test_ringing_is_180(world: World) -> None:
    phone, call = world.parked()
    world.client.run(call, "ring_ready")
    assert phone.ringing.wait(5)
    assert phone.log[-1].code == 180


def test_the_caller_cancels(world: World) -> None:
    phone, _call = world.parked()
    phone.cancel()
    assert phone.ended.wait(5)
    assert phone.final == 487
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "ORIGINATOR_CANCEL"


def test_no_common_codec_is_488(world: World) -> None:
    phone = world.phone()
    phone.call(world.simulation.trunk_sip_port, body=phone.sdp(codecs="3 18").replace("a=rtpmap:0 PCMU/8000\r\n", ""))
    assert phone.ended.wait(5)
    assert phone.final == 488
    assert world.client.event("CHANNEL_HANGUP")["Hangup-Cause"] == "INCOMPATIBLE_DESTINATION"


def test_alaw_only_is_answered_in_alaw(world: World) -> None:
    phone = world.phone()
    _, call = world.answered(phone, body=phone.sdp(codecs="8 101"))
    world.client.run(call, "playback", "tone_stream://%(200,0,440)")
    assert {kind for _, kind in phone.packets} == {8}
    assert world.client.event("CHANNEL_ANSWER")["Channel-Read-Codec-Name"] == "PCMA"


def test_an_asserted_identity_is_who_calls_and_what_would_expand_is_no_variable(world: World) -> None:
    phone = world.phone()
    asserted = 'P-Asserted-Identity: "${system id}%0Ax" <sip:+4420@127.0.0.1>\r\nX-Note: ${uuid}\r\nX-Fine: $5\r\n'
    world.parked(phone, extra=asserted)
    parked = world.client.event("CHANNEL_PARK")
    assert (parked["Caller-Caller-ID-Name"], parked["Caller-Caller-ID-Number"]) == ("%{system id}\nx", "+4420")
    assert parked["Caller-ANI"] == "sipp"
    assert parked["variable_sip_h_X-Fine"] == "$5"
    assert "variable_sip_h_X-Note" not in parked


def test_an_offer_may_come_late(world: World) -> None:
    phone = world.phone()
    _, call = world.answered(phone, body="")
    assert "m=audio" in phone.log[-1].body
    assert world.client.api(f"uuid_exists {call}") == "true"


@pytest.mark.parametrize(("cause", "code"), [("USER_BUSY", 486), ("CALL_REJECTED", 603), ("UNALLOCATED_NUMBER", 404)])
def test_an_unanswered_call_is_refused_by_its_cause(world: World, cause: str, code: int) -> None:
    phone, call = world.parked()
    world.client.execute(call, "hangup", cause)
    assert phone.ended.wait(5)
    assert phone.final == code


def test_an_answer_is_repeated_until_it_is_acknowledged(world: World) -> None:
    phone = world.phone()
    phone.manual_ack = True
    _, call = world.parked(phone)
    world.client.run(call, "answer")
    world.client.wait(lambda: sum(message.code == 200 for message in phone.log) >= 3, "three answers")
    phone.ack(phone.log[-1])
    answered = [message for message in phone.log if message.code == 200]
    assert len({message.get("To") for message in answered}) == 1
    assert world.client.api(f"uuid_exists {call}") == "true"


def test_an_answer_nobody_acknowledges_ends_the_call(world: World) -> None:
    phone = world.phone()
    phone.manual_ack = True
    _, call = world.parked(phone)
    world.client.run(call, "answer")
    done = world.client.event("CHANNEL_HANGUP_COMPLETE")
    assert done["Hangup-Cause"] == "RECOVERY_ON_TIMER_EXPIRE"


def test_headers_of_our_own_become_variables(world: World) -> None:
    _, call = world.parked(extra="X-Ticket: 4711\r\nX-Other-One: a b\r\n")
    assert world.client.api(f"uuid_getvar {call} sip_h_X-Ticket") == "4711"
    assert world.client.api(f"uuid_getvar {call} sip_h_X-Other-One") == "a b"


HOSTILE = [
    ('"${system id}" <sip:bob@example.com>', "%{system id}"),
    ('"line%0AEvent-Name: FAKE" <sip:bob@example.com>', "line\nEvent-Name: FAKE"),
    ('"a \\"quoted\\" name" <sip:bob@example.com>', r"a \"quoted\" name"),
    ('"\udcff\udcfe" <sip:bob@example.com>', "\ufffd\ufffd"),
    ('"\x07\x1b[31m" <sip:bob@example.com>', "  [31m"),
    ('"reload mod_event_socket" <sip:bob@example.com>', "reload mod_event_socket"),
    ("<sip:anonymous@anonymous.invalid>", "anonymous"),
    ("sip:bare@example.com", "bare"),
    ('"unclosed <sip:x@y>', "x"),
]


@pytest.mark.parametrize(("sender", "name"), HOSTILE)
def test_hostile_callers_are_callers(world: World, sender: str, name: str) -> None:
    phone, call = world.parked(sender=sender)
    parked = world.client.event("CHANNEL_PARK", Unique_ID=call)
    assert parked["Event-Name"] == "CHANNEL_PARK"
    if not sender.startswith('"unclosed'):
        assert parked["Caller-Caller-ID-Name"] == name
    world.client.run(call, "answer")
    assert phone.answered.wait(5)
    world.client.run(call, "hangup")
    assert phone.ended.wait(5)


def test_bytes_of_the_caller_go_raw_into_json(world: World) -> None:
    world.parked(sender='"\udce9" <sip:bob@example.com>')
    assert any(b'"Caller-Caller-ID-Name":"\xe9"' in raw for raw in world.client.raw_events)
