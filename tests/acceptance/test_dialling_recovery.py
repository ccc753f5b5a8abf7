"""The engine is killed while a call it placed rings, and while it is served, and started again: the call goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.control import HangUpOrder, ReloadOrder
from engine.core.errors import ControlError
from engine.core.ids import CallId
from engine.shell.control.remote import RemoteControl
from tests.acceptance.dialled import Dialled, dialled, orders
from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.phone import tell
from tests.acceptance.stairs import STEPS, steps_heard


def recovered(call: Dialled) -> list[str]:
    """The types of the events of an ended call that was taken over once."""
    types = call.types()
    assert types.count("call.recovered") == 1, types
    return types


def rung(call: Dialled) -> None:
    """Wait until the phone rings and the engine knows."""
    call.phone.rings()
    call.event("call.ringing")


def test_while_the_phone_rings(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "menu", tmp_path) as call:
        rung(call)
        engine.kill()
        engine.start()
        call.phone.answer()
        call.party.hears("welcome")
        call.phone.hang_up()
        call.phone.is_done()
        call.ended()
    assert recovered(call).count("call.ringing") == 1


def test_the_phone_is_picked_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "menu", tmp_path) as call:
        rung(call)
        engine.kill()
        call.phone.answer()
        engine.start()
        call.party.hears("main_menu")
        call.phone.ear.press("1")
        call.party.hears("chosen_one")
        call.phone.is_done()
        ended = call.ended()
    assert ended["tags"] == {"choice": "1", "wrapped": "yes"}
    types = recovered(call)
    assert types.index("call.recovered") < types.index("call.answered") < types.index("flow.started")


def test_the_phone_is_declined_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "menu", tmp_path, scenario="uas_declines_after.xml", pause=700) as call:
        rung(call)
        engine.kill()
        call.phone.is_done()
        engine.start()
        ended = call.ended()
    assert (ended["answered_ms"], ended["tags"]) == (0, {})
    assert "flow.started" not in recovered(call)


def test_nobody_picks_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "menu", tmp_path, ring_time=3.0) as call:
        rung(call)
        engine.kill()
        assert call.phone.was_cancelled()
        call.phone.is_done()
        engine.start()
        ended = call.ended()
    assert (ended["cause"], ended["ended_by"]) == ("NO_ANSWER", "engine")
    assert "flow.started" not in recovered(call)


def test_in_a_prompt_that_goes_on(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "stairs", tmp_path) as call:
        call.phone.answer()
        assert until(lambda: len(steps_heard(call.phone.ear.heard())) >= 2, 12.0)
        engine.kill()
        engine.start()
        call.party.hears("chosen_one", 15.0)
        assert steps_heard(call.phone.ear.heard())[:STEPS] == list(range(STEPS)), "the prompt was cut or begun again"
        call.phone.is_done()
        assert call.ended()["tags"] == {"wrapped": "yes"}
    recovered(call)


def test_who_was_rung_hangs_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "long_pause", tmp_path) as call:
        call.phone.answer()
        call.party.in_step("pause")
        engine.kill()
        tell(call.phone.sipp)
        call.phone.is_done()
        engine.start()
        assert call.ended()["ended_by"] == "callee"
    recovered(call)


def test_orders_find_the_engine_that_came_after(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "long_pause", tmp_path) as call:
        rung(call)
        engine.kill()
        impatient = RemoteControl(engine.redis_url, patience=0.5, grace=0.5)
        with pytest.raises(ControlError) as refused:
            impatient.hang_up(HangUpOrder(CallId(call.call)))
        impatient.close()
        assert refused.value.fault == "engine_away"
        engine.start()
        with orders(engine) as control:
            control.hang_up(HangUpOrder(CallId(call.call), reason="by order"))
        assert call.phone.was_cancelled()
        call.phone.is_done()
        assert call.ended()["reason"] == "by order"
    recovered(call)


def test_flows_are_read_again_by_order(engine: EngineProcess) -> None:
    flow = engine.project / "ivr_flows" / "refuse.flow.yaml"
    before = flow.read_text()
    with orders(engine) as control:
        first = control.reload(ReloadOrder())
        try:
            flow.write_text(before + "# changed\n")
            changed = control.reload(ReloadOrder("default"))
            assert changed.bundle != first.bundle
            flow.write_text("flow: refuse\nstart: nowhere\n")
            broken = control.reload(ReloadOrder())
            assert broken.bundle == changed.bundle
            assert "refuse.flow.yaml" in broken.problems[0]
        finally:
            flow.write_text(before)
            assert control.reload(ReloadOrder()).bundle == first.bundle
