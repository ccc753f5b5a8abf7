from engine.call.rehearsal.transcript import Line, Transcript
from engine.core.effects import HttpCall
from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.core.prompts import Silence, Speech
from engine.core.signals import HttpReply, Json


def event(type_: str, **fields: Json) -> CallEvent:
    return CallEvent(CallId("c"), 1, type_, 10.0, "t", fields)


def test_what_happened_becomes_lines_when_they_are_read() -> None:
    written = Transcript(100.0)
    written.note((100.5, "hear", (Speech("hello", "en"),)))
    written.note((101.0, "hear", (Silence(100),)))
    assert written.lines == [Line(0.5, "hear", "hello")], "silence is not heard"
    written.note((102.0, "http", (HttpCall("GET", "http://x.test"), HttpReply(0, error="http.timeout"))))
    written.note((103.0, "event", event("flow.step", flow="main", block="go", kind="play", name="greet")))
    written.note((104.0, "event", event("flow.error", error="engine.fault", message="why")))
    written.note((105.0, "event", event("flow.error", error="http.timeout", message="late", line=3)))
    written.note((106.0, "event", event("call.tagged", tags={"a": 1})))
    written.note((107.0, "event", event("call.dtmf", digit="1")))
    written.note((108.0, "press", "1"))
    assert written.lines[1:] == [
        Line(2.0, "http", "GET http://x.test -> http.timeout"),
        Line(3.0, "step", "main/go: play greet"),
        Line(4.0, "error", "engine.fault: why"),
        Line(5.0, "error", "http.timeout: late (line 3)"),
        Line(6.0, "event", "call.tagged {'tags': {'a': 1}}"),
        Line(8.0, "press", "1"),
    ]
