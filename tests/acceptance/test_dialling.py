"""Programs place calls: every way the ring can end, who answers is served, and nobody is rung who must not be."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from engine.core.control import DialOrder
from engine.core.effects import Dial, SipUri
from engine.core.errors import ControlError
from engine.core.ids import CallId, LegId
from engine.esl.dialstring import Routes, originate
from tests.acceptance.dialled import Dialled, dialled, orders
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import no_channel_left
from tests.acceptance.phone import hear_each_other, phone, registered_phone
from tests.acceptance.sipp import free_udp_port
from tests.acceptance.switch_under_test import SwitchUnderTest


def test_who_answers_hears_the_flow_and_presses_a_key(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, orders(engine) as control:
        since = engine.mark()
        order = DialOrder("user/alice", "menu", caller="+442079460999", caller_name="The Shop")
        call = Dialled(engine, alice, control.dial(order).call, since)
        alice.rings()
        assert '"The Shop"' in alice.shown()
        assert "sip:+442079460999@" in alice.shown()
        call.event("call.ringing")
        assert not any(event["type"] == "flow.started" for event in engine.of(call.call))
        alice.answer()
        call.party.hears("main_menu", since=call.party.hears("welcome"))
        alice.ear.press("1")
        call.party.hears("chosen_one")
        alice.is_done()
        ended = call.ended()
    assert (ended["ended_by"], ended["cause"]) == ("engine", "NORMAL_CLEARING")
    assert ended["tags"] == {"choice": "1", "wrapped": "yes"}
    assert 0 < ended["answered_ms"] < ended["duration_ms"]
    types = call.types()
    assert types[:4] == ["call.initiated", "call.ringing", "call.answered", "flow.started"]
    began = call.event("call.initiated")["data"]
    assert (began["direction"], began["called"], began["caller"]) == ("outbound", "user/alice", "+442079460999")


def test_a_number_is_reached_through_the_carrier(engine: EngineProcess, tmp_path: Path) -> None:
    with phone(tmp_path, port=engine.switch.carrier_port) as far, orders(engine) as control:
        since = engine.mark()
        order = DialOrder("020 7946 1234", "menu", caller="+442079460999")
        call = Dialled(engine, far, control.dial(order).call, since)
        far.answer()
        assert "INVITE sip:+442079461234@" in far.sipp.messages()
        assert "+442079460999" in far.shown()
        call.party.hears("welcome")
        far.hang_up()
        far.is_done()
        ended = call.ended()
    assert (ended["ended_by"], ended["tags"]) == ("callee", {"wrapped": "yes"})
    call.types()


@pytest.mark.parametrize(
    ("scenario", "cause", "ended_by"),
    [
        ("uas_busy.xml", "USER_BUSY", "callee"), ("uas_declines.xml", "CALL_REJECTED", "callee"),
        ("uas_unavailable.xml", "NO_USER_RESPONSE", "engine"),
    ],
)  # fmt: skip
def test_a_phone_that_refuses_ends_the_call(
    engine: EngineProcess, tmp_path: Path, scenario: str, cause: str, ended_by: str
) -> None:
    with dialled(engine, "menu", tmp_path, scenario=scenario) as call:
        ended = call.ended()
        call.phone.is_done()
    assert (ended["cause"], ended["ended_by"], ended["answered_ms"], ended["tags"]) == (cause, ended_by, 0, {})
    assert set(call.types()) <= {"call.initiated", "call.ringing", "call.ended"}


def test_a_phone_nobody_picks_up_rings_for_the_ring_time(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "menu", tmp_path, ring_time=2.0) as call:
        call.phone.rings()
        assert call.phone.was_cancelled()
        ended = call.ended()
        call.phone.is_done()
    assert (ended["cause"], ended["ended_by"]) == ("NO_ANSWER", "engine")
    assert call.types() == ["call.initiated", "call.ringing", "call.ended"]


def test_a_phone_that_is_not_registered(engine: EngineProcess) -> None:
    with orders(engine) as control:
        since = engine.mark()
        call = control.dial(DialOrder("user/nobody", "menu")).call
        ended = engine.wait_event("call.ended", since, where=lambda event: event["call"] == call)["data"]
    assert (ended["cause"], ended["ended_by"]) == ("USER_NOT_REGISTERED", "engine")
    assert [event["type"] for event in engine.of(call)] == ["call.initiated", "call.ended"]


def test_nothing_listens_where_it_is_dialled(engine: EngineProcess) -> None:
    with orders(engine) as control:
        since = engine.mark()
        order = DialOrder(f"sip:desk@127.0.0.1:{free_udp_port()}", "menu", ring_time=3.0)
        call = control.dial(order).call
        ended = engine.wait_event("call.ended", since, 20.0, where=lambda event: event["call"] == call)["data"]
    assert ended["cause"] in ("NO_ANSWER", "NORMAL_TEMPORARY_FAILURE", "RECOVERY_ON_TIMER_EXPIRE")
    assert "flow.started" not in [event["type"] for event in engine.of(call)]
    no_channel_left(engine.switch)


def test_who_was_rung_is_connected_and_comes_back(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, dialled(engine, "transfer", tmp_path) as call:
        call.phone.answer()
        alice.answer()
        bridged = call.event("call.bridged")["data"]
        assert bridged["leg"] == call.call
        hear_each_other(call.phone.ear, alice.ear)
        position = call.phone.ear.mark()
        alice.hang_up()
        call.party.hears("goodbye_silent", since=position)
        assert call.ended()["tags"] == {"transfer": "done"}
        call.phone.is_done()
        alice.is_done()
    assert call.types().count("call.answered") == 2


def test_a_call_lasts_no_longer_than_ordered(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "long_pause", tmp_path, max_duration=1.0) as call:
        call.phone.answer()
        ended = call.ended()
        call.phone.is_done()
    assert (ended["cause"], ended["reason"]) == ("ALLOTTED_TIMEOUT", "limit.duration")
    call.types()


def test_without_any_engine_the_switch_ends_it(switch: SwitchUnderTest, tmp_path: Path) -> None:
    call = str(uuid4())
    with phone(tmp_path) as far, switch.connect() as connection:
        connection.subscribe("CHANNEL_HANGUP_COMPLETE")
        target = SipUri(f"sip:desk@127.0.0.1:{far.sipp.port}")
        line = originate(Dial(LegId(call), target, 10.0, stays=True, limit=1), CallId(call), Routes())
        connection.background(line)
        far.answer()
        ended = connection.wait_event("CHANNEL_HANGUP_COMPLETE", lambda event: event["Unique-ID"] == call)
        far.is_done()
    assert ended["Hangup-Cause"] == "ALLOTTED_TIMEOUT"


@pytest.mark.parametrize(
    "to",
    [
        "+449011234567", "+88216000000", "999", "sip:zoe@203.0.113.9", "user/zoe,sofia/trunk/sip:eve@127.0.0.1",
        "sip:${system(id)}@127.0.0.1", "+442079460000\r\n\r\napi shutdown", "{execute_on_answer=hangup}user/zoe",
        "gateway/carrier/1|sofia/trunk/x",
    ],
)  # fmt: skip
def test_nobody_is_rung_who_must_not_be(engine: EngineProcess, to: str) -> None:
    since = engine.mark()
    with orders(engine) as control, pytest.raises(ControlError) as refused:
        control.dial(DialOrder(to, "menu"))
    assert refused.value.fault == "refused_number"
    assert engine.mark() == since
    no_channel_left(engine.switch)


def test_hostile_names_are_only_names(engine: EngineProcess, tmp_path: Path) -> None:
    name = "${system(id)} 'a',b=c}{[x]<y> reload mod_event_socket"
    with orders(engine) as control, pytest.raises(ControlError):
        control.dial(DialOrder("user/alice", "menu", caller_name="a\r\nX-Evil: 1"))
    with orders(engine) as control, pytest.raises(ControlError):
        control.dial(DialOrder("user/alice", "menu", caller="100,x=y"))
    with dialled(engine, "menu", tmp_path, caller="100", caller_name=name, inputs={}) as call:
        call.phone.answer()
        shown = call.phone.shown()
        assert "system id" in shown
        assert not set("${}[]()'|") & set(shown.partition("<")[0])
        assert "root" not in call.phone.sipp.messages()
        call.party.hears("welcome")
        call.phone.hang_up()
        call.phone.is_done()
        call.ended()
    call.types()
