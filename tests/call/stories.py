"""Calls brought to a certain point."""

from engine.core.ids import AskId
from engine.core.signals import HangupRequested, LegAnswered, LegBridged, LegRang, Played
from tests.call.stage import A, B, Stage

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
    if where in ("menu", "message", "lookup", "secret", "pause", "late"):
        stage.happen(LegAnswered, A)
    return stage
