"""The call machine: any order of signals gives one whole call, and the same signals the same call."""

from typing import Any, get_args

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.effects import (
    CloseCall,
    Dial,
    HangUp,
    StartRecording,
)
from engine.core.events import EVENT_TYPES
from engine.core.ids import LegId
from engine.core.signals import (
    Answer,
    Answered,
    Deflected,
    DialRequested,
    DigitPressed,
    FlowRequested,
    HangupRequested,
    HttpReply,
    LegAnswered,
    LegArrived,
    LegBridged,
    LegEnded,
    LegFailed,
    LegHeld,
    LegRang,
    LegUnbridged,
    Played,
    Recorded,
    Refused,
    Resumed,
    SecretDigits,
    Signal,
    SwitchRestarted,
    TimerFired,
)
from tests.call.stage import NUMBERS, A, B, Stage
from tests.call.stories import MEDIA

legs = st.sampled_from([A, B, LegId("stranger")])
answers: st.SearchStrategy[Answer] = st.sampled_from(
    [Played("done"), Played("interrupted"), Played("missing", "x"), Played("failed"), SecretDigits("12", "#"),
     Recorded(3000, "stopped", "/rec/x"), Recorded(0, "failed"), HttpReply(200), HttpReply(0, error="http.timeout"),
     Deflected(True), Refused("no")]
)  # fmt: skip
causes = st.sampled_from(["NORMAL_CLEARING", "USER_BUSY", "NO_ANSWER", "CRASH"])
happenings = st.one_of(
    st.tuples(st.just(LegAnswered), legs),
    st.tuples(st.just(LegRang), legs),
    st.tuples(st.just(LegBridged), legs, legs),
    st.tuples(st.just(LegUnbridged), legs, legs),
    st.tuples(st.just(LegHeld), legs, st.booleans()),
    st.tuples(st.just(LegEnded), legs, causes, st.booleans()),
    st.tuples(st.just(LegFailed), legs, causes),
    st.tuples(st.just(DigitPressed), legs, st.sampled_from("0123456789*#")),
    st.tuples(st.just(Answered), st.integers(1, 9), answers),
    st.tuples(st.just(TimerFired), st.integers(0, 6)),
    st.tuples(st.just(HangupRequested), causes, st.just("somebody")),
    st.tuples(st.just(FlowRequested), st.sampled_from([*NUMBERS, "nothing"])),
    st.tuples(st.just(Resumed)),
    st.tuples(st.just(SwitchRestarted)),
    st.just("time passes"),
    st.tuples(st.just("answer"), answers),
    st.tuples(st.just("answer"), answers),
)
beginnings = st.sampled_from([*NUMBERS, *(f"we call: {flow}" for flow in NUMBERS)])
"""A caller for a flow, or a call we place."""
stories = st.lists(st.tuples(happenings, st.sampled_from([0.0, 0.05, 1.0, 4.0])), max_size=30)


def play_story(flow: str, story: list[tuple[Any, float]]) -> Stage:
    """A call told a story, then left alone by everybody until time has closed it."""
    stage = Stage()
    stage.begin(flow)
    for what, after in story:
        if what == "time passes":
            if stage.machine.next_timer() is not None:
                stage.wait_out()
        elif what[0] == "answer":
            if stage.machine.pending:
                stage.answer(what[1])
        else:
            stage.happen(what[0], *what[1:], after=after)
    note(f"{flow}: {stage.machine.phase}")
    stage.happen(HangupRequested)
    for _ in range(40):
        if stage.machine.phase == "closed":
            break
        stage.wait_out()
    return stage


@settings(max_examples=250, deadline=None)
@given(beginnings, stories)
def test_any_order_of_signals_gives_one_whole_call(flow: str, story: list[tuple[Any, float]]) -> None:
    stage = play_story(flow, story)
    assert stage.machine.phase == "closed", "time alone must end every call"
    assert [one.n for one in stage.events] == list(range(1, len(stage.events) + 1))
    assert stage.told().count("call.ended") == 1
    assert stage.told()[-1] == "call.ended"
    assert stage.told()[0] == "call.initiated"
    assert set(stage.told()) <= set(EVENT_TYPES)
    assert [one.at for one in stage.events] == sorted(one.at for one in stage.events)
    assert stage.done(CloseCall) == [CloseCall()]
    assert stage.effects[-1] == CloseCall()
    numbers = [effect.ask for effect in stage.effects if hasattr(effect, "ask")]
    assert numbers == list(range(1, len(numbers) + 1))
    recordings = {f"rec_{effect.ask}" for effect in stage.done(StartRecording)}
    verdicts = [one.fields["recording"] for one in stage.events if one.type in ("recording.saved", "recording.failed")]
    assert sorted(verdicts) == sorted(recordings), "one verdict for every recording"
    assert "engine.fault" not in [one.fields.get("error") for one in stage.events]
    for signal in (LegEnded(stage.now, A, "X"), stage.signals[0], Resumed(stage.now), TimerFired(stage.now, 1)):
        assert stage.machine.handle(signal).effects == stage.machine.handle(signal).events == []


@settings(max_examples=100, deadline=None)
@given(beginnings, stories)
def test_the_same_signals_give_the_same_call(flow: str, story: list[tuple[Any, float]]) -> None:
    stage = play_story(flow, story)
    again = stage.replayed()
    assert again.effects == stage.effects
    assert again.events == stage.events


@settings(max_examples=150, deadline=None)
@given(beginnings, stories)
def test_nothing_is_asked_of_a_leg_that_is_gone(flow: str, story: list[tuple[Any, float]]) -> None:
    stage = play_story(flow, story)
    replay, gone = Stage(), set()
    for signal in stage.signals:
        before = len(replay.effects)
        if isinstance(signal, SwitchRestarted):
            gone |= set(replay.machine.legs)
        if isinstance(signal, LegEnded | LegFailed) and signal.leg in replay.machine.legs:
            gone.add(signal.leg)
        replay.tell(signal)
        for effect in replay.effects[before:]:
            if isinstance(effect, (*MEDIA, HangUp)) and not isinstance(effect, Dial):
                assert effect.leg not in gone, (signal, effect)
        gone |= {leg.id for leg in replay.machine.legs.values() if not leg.live}


def test_every_signal_is_handled() -> None:
    assert set(get_args(Signal)) == {
        LegArrived, DialRequested, LegRang, LegAnswered, LegFailed, LegBridged, LegUnbridged, LegHeld, LegEnded,
        DigitPressed, Answered, TimerFired, HangupRequested, FlowRequested, SwitchRestarted, Resumed,
    }  # fmt: skip
