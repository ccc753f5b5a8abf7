"""Whatever happens in whatever order, a run keeps its promises; and the same happenings make the same requests."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.effects import CollectSecret, Deflect, HttpCall, Play, StartRecording
from engine.core.ids import AskId
from engine.core.signals import (
    Answer,
    Deflected,
    HttpReply,
    Played,
    Recorded,
    Refused,
    SecretDigits,
)
from engine.core.steps import Digit, Done, Happened, LegChange, TimedOut, Wait
from engine.flow.facts import FlowResult
from tests.flow.playbook import Run, bundle_of, run

MAIN = """
flow: main
vars:
  got: {type: digits}
  pin: {type: digits, secret: true}
  file: {type: file}
  n: {type: number, default: 0}
  reply: {type: map}
events: {hangup: wrap_up, error: sorry, keys: {"0": people, "*0": letters}}
limits: {max_steps: 60, max_visits: 6}
start: begin
blocks:
  begin:
    - answer:
    - play: welcome
    - menu:
        prompt: main
        choices: {"1": digits, "2": people, "3": message, "4": lookup, "44": hangup, "*": repeat, "5": [{call: child}]}
        no_input: {prompt: silent, then: people}
        invalid: {prompt: wrong, tries: 2, then: message}
    - goto: begin
  digits:
    - collect:
        prompt: digits
        store: got
        length: {min: 2, max: 4}
        confirm: {prompt: sure}
        pause_recording: true
        too_short: repeat
        empty: next
      on_error: {input: pin}
    - goto: pin
  pin:
    - collect: {prompt: pin, store: pin, length: 4, mask: true, tries: 2, type_ahead: flush}
    - log: "pin ${vars.pin}"
    - goto: begin
  people:
    - transfer:
        to: [user/a, user/b]
        strategy: all_at_once
        whisper: a call
        accept_key: "1"
        record: true
        ringback: hold on
        max_duration: 60s
        busy: message
        no_answer: letters
        after: begin
    - hangup: bye
  letters:
    - transfer: {to: [sip:a@b, user/c], mode: blind, failed: begin}
  message:
    - record:
        prompt: speak
        store: file
        review: {prompt: keep it}
        too_short: begin
    - goto: lookup
  lookup:
    - set: {n: "${vars.n + 1}"}
    - http:
        url: http://x.test/${vars.n}
        retry: {tries: 2}
        wait_prompt: wait
        save: {reply: response.json}
        on_status: {"404": people, 5xx: repeat}
    - pause: 1s
    - goto: begin
  sorry:
    - play: "sorry ${error.name}"
    - goto: people
  wrap_up:
    - tag: {n: "${vars.n}"}
    - http: {url: http://x.test/bye}
""".replace("hangup: bye", "hangup: {prompt: bye}")
CHILD = """
flow: child
events: {keys: {"9": a}}
start: a
blocks:
  a:
    - menu: {prompt: child, choices: {"1": return, "2": [{return: {}}], "3": "flow:main", "4": a}, tries: 2}
"""
BUNDLE = bundle_of(MAIN, CHILD)
ANSWERS: dict[type, st.SearchStrategy[Answer]] = {
    Play: st.builds(Played, st.sampled_from(["done", "done", "done", "interrupted", "missing", "failed"])),
    CollectSecret: st.builds(SecretDigits, st.sampled_from(["", "12", "4711"]), st.sampled_from(["", "#"])),
    Deflect: st.builds(Deflected, st.booleans(), st.sampled_from(["", "SIP/2.0 486 Busy Here"])),
    StartRecording: st.builds(
        Recorded, st.sampled_from([0, 500, 9000]), st.sampled_from(["silence", "no_input", "max", "stopped", "failed"])
    ),
    HttpCall: st.builds(
        HttpReply, st.sampled_from([200, 404, 503]), body=st.sampled_from(["", "{}", "["]), error=st.just("")
    ),
}
CHANGES = st.sampled_from(["ringing", "answered", "bridged", "unbridged", "failed", "ended"])
CAUSES = st.sampled_from(["NORMAL_CLEARING", "USER_BUSY", "NO_ANSWER", ""])


def happening(data: st.DataObject, call: Run) -> Happened:
    """Anything that may answer the wait the call is in."""
    wait = call.wait
    assert wait is not None
    ways = ["time", *(["key", "key"] if wait.digits != "no" else []), *(["leg"] * 2 if wait.legs else [])]
    ways += ["ask"] * 2 if wait.asks else []
    match data.draw(st.sampled_from(ways)):
        case "key":
            return Digit(data.draw(st.sampled_from("0123459*#A")))
        case "leg":
            return LegChange(data.draw(st.sampled_from(wait.legs)), data.draw(CHANGES), data.draw(CAUSES))
        case "ask":
            number = data.draw(st.sampled_from(wait.asks))
            refused = data.draw(st.integers(0, 19)) == 0
            answer = Refused("-ERR") if refused else data.draw(ANSWERS[type(call.asks[number])])
            return Done(AskId(number), answer)
    return TimedOut()


def some_run(data: st.DataObject, longest: int = 60) -> tuple[Run, list[tuple[float, Happened]]]:
    call, script = run(BUNDLE, answered=False), []
    call.runner.recording = "/rec/all.wav"
    for _ in range(data.draw(st.integers(0, longest))):
        if call.ended:
            break
        reply = happening(data, call)
        assert call.wait is not None
        call.now[0] += call.wait.timeout if isinstance(reply, TimedOut) else 0.2
        script.append((call.now[0], reply))
        call.send(reply)
    return call, script


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_that_happens_is_too_much(data: st.DataObject) -> None:
    call, _ = some_run(data)
    if call.ended:
        assert isinstance(call.result, FlowResult)
    for request in call.requests:
        if isinstance(request, Wait):
            assert 0 <= request.timeout <= 86_400
    assert "4711" not in str([tell for tell in call.tells if tell[0] != "flow.input"])


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_the_same_happenings_make_the_same_requests(data: st.DataObject) -> None:
    call, script = some_run(data)
    again = run(BUNDLE, answered=False)
    again.runner.recording = "/rec/all.wav"
    for at, reply in script:
        again.now[0] = at
        again.send(reply)
    assert again.requests == call.requests
    assert again.result == call.result


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_caller_may_hang_up_at_any_time(data: st.DataObject) -> None:
    call, _ = some_run(data, longest=25)
    call.steps.close()
    after = call.runner.hangup_steps()
    if after is None:
        return
    kinds, reply = [], None
    for _ in range(50):
        try:
            request = after.send(reply)
        except StopIteration:
            break
        kinds.append(type(request).__name__)
        reply = AskId(1) if kinds[-1] == "Start" else TimedOut() if isinstance(request, Wait) else None
        assert not isinstance(getattr(request, "ask", None), Play | StartRecording | CollectSecret)
    else:
        raise AssertionError("the hang-up block does not end")
    after.close()
