"""Calls brought to a certain point, and to their end."""

from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CloseCall,
    CollectSecret,
    Dial,
    Effect,
    HttpCall,
    Play,
    StartRecording,
)
from engine.core.ids import AskId
from engine.core.prompts import describe
from engine.core.signals import HangupRequested, HttpReply, LegAnswered, LegBridged, LegEnded, LegRang, Played, Recorded
from tests.call.stage import A, B, Stage

MEDIA = (AnswerLeg, Play, CollectSecret, Dial, BridgeLegs, StartRecording)
"""Effects that need the leg they are for."""

OURS = ["dialled", "rung", "served"]
"""Places of a call we placed."""
PLACES = ["greeting", "menu", "ringing", "talk", "message", "lookup", "secret", "pause", "late", "leaving"]


def reach(where: str) -> Stage:
    """A call that is just there."""
    stage = Stage()
    match where:
        case "greeting":
            stage.arrive("menu")
        case "menu":
            stage.arrive("menu")
            stage.answer(Played("done"))
        case "ringing":
            stage.arrive("transfer")
            stage.happen(LegAnswered, A)
            stage.happen(LegRang, B)
        case "picked up":
            stage = reach("ringing")
            stage.happen(LegAnswered, B)
            stage.answer(Played("done"), AskId(1))
        case "talk":
            stage = reach("ringing")
            stage.happen(LegAnswered, B)
            stage.happen(LegBridged, A, B)
        case "message":
            stage.arrive("message")
            stage.answer(Played("done"))
        case "lookup":
            stage.arrive("lookup")
        case "secret":
            stage.arrive("secret")
        case "pause":
            stage.arrive("short")
        case "late":
            stage.arrive("short")
            stage.wait_out()
        case "leaving":
            stage.arrive("menu")
            stage.happen(HangupRequested, "USER_BUSY", "operator")
        case "dialled":
            stage.place("menu")
        case "rung":
            stage = reach("dialled")
            stage.happen(LegRang, A)
        case "served":
            stage = reach("rung")
            stage.happen(LegAnswered, A)
    if where in ("menu", "message", "lookup", "secret", "pause", "late"):
        stage.happen(LegAnswered, A)
    return stage


def end_everything(stage: Stage) -> None:
    """Let the switch and the web say their last words, until the call is closed."""
    for leg in list(stage.machine.legs.values()):
        if leg.live:
            stage.happen(LegEnded, leg.id, "NORMAL_CLEARING")
    for ask, pending in list(stage.machine.pending.items()):
        if isinstance(pending, StartRecording):
            stage.answer(Recorded(1500, "hangup", pending.path), ask)
        elif isinstance(pending, HttpCall):
            stage.answer(HttpReply(200), ask)
    for _ in range(20):
        if stage.machine.phase == "closed":
            break
        for ask, pending in list(stage.machine.pending.items()):
            if isinstance(pending, HttpCall):
                stage.answer(HttpReply(200), ask)
        if stage.machine.phase != "closed":
            stage.wait_out()
    assert stage.machine.phase == "closed"
    assert stage.told().count("call.ended") == 1
    assert stage.told()[-1] == "call.ended"
    assert stage.done(CloseCall) == [CloseCall()]
    assert stage.effects[-1] == CloseCall()


def said(effects: list[Effect]) -> list[str]:
    """What callers are played, of these effects."""
    return [describe(effect.prompt) for effect in effects if isinstance(effect, Play)]
