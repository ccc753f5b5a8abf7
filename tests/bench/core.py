"""How many whole bench calls a second the pure core takes: no socket, no Redis, no clock."""

import time

from engine.call.machine import CallMachine
from engine.core.ids import AskId, CallId, LegId
from engine.core.signals import Answered, DigitPressed, LegAnswered, LegArrived, LegEnded, Played, Signal
from engine.flow.bundle import Bundle


def bench_call(call: CallId) -> list[Signal]:
    """The signals of one bench call: answered, a key in the first prompt, a key in the second, hung up by the flow."""
    leg = LegId(call)
    return [
        LegArrived(0.0, leg, "fs", "+15550001000", "Bench", "+442079460099", "trunk", "127.0.0.1"),
        LegAnswered(0.02, leg),
        DigitPressed(0.5, leg, "1"),
        Answered(0.5, AskId(1), Played("interrupted")),
        DigitPressed(1.2, leg, "2"),
        Answered(1.2, AskId(2), Played("interrupted")),
        LegEnded(1.3, leg, "NORMAL_CLEARING"),
    ]


def calls_per_second(bundle: Bundle, seconds: float = 2.0) -> float:
    """Whole calls, each a machine of its own, for about `seconds`."""
    signals = bench_call(CallId("4990ca92-a3de-4111-b419-87ceaf4f9c90"))
    done = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(100):
            machine = CallMachine(CallId("4990ca92-a3de-4111-b419-87ceaf4f9c90"), bundle)
            for signal in signals:
                machine.handle(signal)
            assert machine.phase == "closed"
        done += 100
    return done / (time.perf_counter() - began)
