import pytest
from pydantic import ValidationError

from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    Deflect,
    Dial,
    GatewayNumber,
    HangUp,
    Play,
    RegisteredUser,
    SipUri,
    StartRecording,
    StopPlay,
    StopRecording,
)
from engine.core.ids import AskId, new_leg_id
from engine.core.prompts import Music, Silence, Speech, Tone
from engine.core.signals import Deflected, Played, Recorded, Refused
from engine.flow.kinds import KINDS
from tests.flow.playbook import CALL, Run, errors, run_steps, talk_steps, told

ONE, TWO = new_leg_id(CALL, 1), new_leg_id(CALL, 2)


def transfer(fields: str) -> str:
    return f"- transfer: {fields}\n- hangup: {{prompt: after}}"


def dials(call: Run) -> list[Dial]:
    return [effect for effect in call.effects if isinstance(effect, Dial)]


def test_every_form_of_target() -> None:
    written = "[user/anna, 'sip:ben@example.com', '+44 20 7946 0000', gateway/carrier/123]"
    call = run_steps(transfer(f"{{to: {written}, strategy: all_at_once}}"))
    assert [dial.target for dial in dials(call)] == [
        RegisteredUser("anna"),
        SipUri("sip:ben@example.com"),
        GatewayNumber("+442079460000"),
        GatewayNumber("123", "carrier"),
    ]


def test_the_caller_hears_the_ring_tone_until_connected() -> None:
    call = run_steps(transfer("user/anna"), project="country: GB")
    assert isinstance(call.last_ask, Play)
    assert call.last_ask.prompt == (Tone("%(400,200,400,450);%(400,2000,400,450)", -1), Silence(500))
    assert not call.last_ask.interruptible


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("music", Music("default")),
        ("'music:jazz'", Music("jazz")),
        ("{music: jazz}", Music("jazz")),
        ("hold on", Speech("hold on", "en")),
    ],
)
def test_ringback_of_the_authors(written: str, item: object) -> None:
    call = run_steps(transfer(f"{{to: user/anna, ringback: {written}}}"))
    assert isinstance(call.last_ask, Play)
    assert call.last_ask.prompt[0] == item


def test_a_talk_and_its_end() -> None:
    call = run_steps(transfer("{to: user/anna, timeout: 25s, after: here}"))
    assert dials(call) == [Dial(ONE, RegisteredUser("anna"), 25.0, "+442079460123", "Anna")]
    call.leg("ringing").leg("answered")
    assert call.effects[-1] == BridgeLegs(call.runner._state.facts.leg, ONE)
    assert call.wait is not None
    assert call.wait.timeout == 5.0
    call.leg("bridged")
    assert call.wait.legs == (ONE,)
    call.now[0] += 12.5
    call.leg("ended", cause="NORMAL_CLEARING")
    result = {"to": "user/anna", "result": "answered", "cause": "NORMAL_CLEARING", "talk_ms": 12500}
    assert ("call.transferred", result) in call.tells
    assert call.runner.position is not None
    assert call.runner.position.block == "here"


def test_after_the_talk_the_call_ends_unless_told_otherwise() -> None:
    call = talk_steps(transfer("user/anna"))
    assert call.needs == "talk"
    call.agent_hangs_up()
    assert call.heard == ["(tone)"]
    assert call.result is not None
    assert call.result.how == "hangup"


def test_an_unanswered_caller_is_answered_when_the_party_answers() -> None:
    call = run_steps(transfer("user/anna"), answered=False)
    assert call.effects == [Dial(ONE, RegisteredUser("anna"), 30.0, "+442079460123", "Anna")]
    call.leg("answered")
    leg = call.runner._state.facts.leg
    assert call.effects[1:] == [AnswerLeg(leg), BridgeLegs(leg, ONE)]


def test_the_caller_id_can_be_set() -> None:
    call = run_steps(transfer("{to: user/anna, caller_id: '+44${1 + 1}'}"))
    assert dials(call)[0].caller_number == "+442"


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        ("USER_BUSY", "busy"),
        ("NO_ANSWER", "no_answer"),
        ("CALL_REJECTED", "rejected"),
        ("USER_NOT_REGISTERED", "unreachable"),
        ("CHAN_NOT_IMPLEMENTED", "failed"),
    ],
)
def test_every_failure_has_its_error_and_its_way(cause: str, name: str) -> None:
    bare = run_steps(transfer("user/anna")).leg("failed", cause=cause).done(Played("interrupted"), ask=1)
    assert [fields["error"] for kind, fields in bare.tells if kind == "flow.error"] == [f"transfer.{name}"]
    told_of = {"to": "user/anna", "result": name, "cause": cause, "talk_ms": 0}
    assert ("call.transferred", told_of) in bare.tells
    ways = "{to: user/anna, busy: here, no_answer: there, failed: elsewhere}"
    call = run_steps(transfer(ways)).leg("failed", cause=cause)
    assert isinstance(call.effects[-1], StopPlay)
    call.done(Played("interrupted"), ask=1)
    assert call.runner.position is not None
    assert call.runner.position.block == {"busy": "here", "no_answer": "there"}.get(name, "elsewhere")
    failed = run_steps(transfer("{to: user/anna, failed: elsewhere}")).leg("failed", cause=cause)
    failed.done(Played("interrupted"), ask=1)
    assert failed.runner.position is not None
    assert failed.runner.position.block == "elsewhere"


def test_one_after_the_other() -> None:
    call = talk_steps(transfer("{to: [user/a, user/b, user/c]}"), people=["busy", "no_answer", "answers"])
    assert [line.text for line in call.lines if line.what in ("dial", "bridge")] == [
        "user/a busy",
        "user/b no answer",
        "user/c answers",
        "connected with user/c",
    ]
    call.agent_hangs_up()
    assert [fields["to"] for fields in told(call, "call.transferred")] == ["user/c"]


def test_of_several_failures_the_most_telling_counts() -> None:
    call = talk_steps(transfer("{to: [user/a, user/b], busy: here, failed: there}"), people=["busy", "unreachable"])
    assert call.heard[-1] == "at here"


def test_all_at_once_the_first_to_answer_takes_it() -> None:
    call = run_steps(transfer("{to: [user/a, user/b], strategy: all_at_once}"))
    assert len(dials(call)) == 2
    call.leg("answered", 2)
    assert call.effects[2:] == [HangUp(ONE, "LOSE_RACE"), BridgeLegs(call.runner._state.facts.leg, TWO)]


def test_a_list_may_come_from_a_variable() -> None:
    call = run_steps(
        "- set: {session.who: [user/a, user/b]}\n" + transfer("{to: '${session.who}', strategy: all_at_once}")
    )
    assert [dial.target for dial in dials(call)] == [RegisteredUser("a"), RegisteredUser("b")]


@pytest.mark.parametrize("to", ["user/a b", "'sip:a@b,sofia/x'", "'${session.who}'", "'${session.none}'", "'${true}'"])
def test_a_target_that_is_none_is_never_dialled(to: str) -> None:
    call = run_steps(
        "- set: {session.who: '[leg=1]user/a', session.none: []}\n" + transfer(f"{{to: {to}, failed: here}}")
    )
    assert dials(call) == []
    assert call.runner.position is not None
    assert call.runner.position.block == "here"
    assert call.tells[0] == ("call.transferred", {"to": "", "result": "failed", "cause": "", "talk_ms": 0})
    bare = talk_steps("- set: {session.who: x, session.none: []}\n" + transfer(to))
    assert errors(bare) == ["transfer.failed"]


def test_only_gateways_the_project_allows() -> None:
    call = talk_steps(transfer("gateway/other/123"), project="gateways: [carrier]")
    assert errors(call) == ["transfer.failed"]


def test_an_expression_that_fails_is_its_own_error() -> None:
    assert errors(talk_steps(transfer("{to: '${session.nothing}', failed: here}"))) == ["expr.undefined"]


# Whisper and acceptance


def test_who_answers_hears_the_whisper_before_the_talk() -> None:
    call = run_steps(transfer("{to: user/anna, whisper: a call for you}")).leg("answered")
    assert call.last_ask == Play(ONE, (Speech("a call for you", "en"),), interruptible=False)
    call.done(Played("done"))
    assert isinstance(call.effects[-1], BridgeLegs)


def test_the_accepting_key_must_be_pressed() -> None:
    steps = transfer("{to: [user/a, user/b], whisper: press 5, accept_key: '5', timeout: 20s}")
    call = talk_steps(steps)
    assert call.needs == "agent"
    call.agent_presses("4")
    assert call.needs == "agent"
    call.agent_presses("5")
    assert call.needs == "talk"
    declined = talk_steps(steps)
    declined.silence()
    assert [line.text for line in declined.lines if line.what == "dial"] == ["user/a answers", "user/b answers"]
    declined.agent_hangs_up()
    assert errors(declined) == ["transfer.no_answer"]


# Recording, limits, and what goes wrong


def test_the_talk_is_recorded_both_sides_apart() -> None:
    call = run_steps(transfer("{to: user/anna, record: true, after: here}")).leg("answered").leg("bridged")
    path = f"/var/lib/switchboard/recordings/2026/11/20/{CALL}-1.wav"
    leg = call.runner._state.facts.leg
    assert call.last_ask == StartRecording(leg, path, sides="both", stereo=True)
    assert call.tells[-1] == ("recording.started", {"recording": "rec_2", "path": path})
    call.leg("ended")
    assert call.effects[-1] == StopRecording(leg, path)
    call.done(Recorded(9000, "stopped", path))
    assert ("recording.saved", {"recording": "rec_2", "path": path, "duration_ms": 9000}) in call.tells


@pytest.mark.parametrize(
    "answer", [Recorded(0, "stopped"), Recorded(5, "failed", detail="disk"), Refused("disk"), None]
)
def test_a_recording_without_sound_is_told(answer: Recorded | Refused | None) -> None:
    call = run_steps(transfer("{to: user/anna, record: true}")).leg("answered").leg("bridged").leg("ended")
    call = call.time_out() if answer is None else call.done(answer)
    failed = [fields for kind, fields in call.tells if kind == "recording.failed"]
    assert failed[0]["reason"] == ("disk" if answer is not None and answer.detail else "no sound")


def test_a_talk_has_its_limit() -> None:
    call = run_steps(transfer("{to: user/anna, max_duration: 60s, after: here}")).leg("answered").leg("bridged")
    assert call.wait is not None
    assert call.wait.timeout == 60.0
    call.time_out()
    assert call.effects[-1] == HangUp(ONE, "ALLOTTED_TIMEOUT")
    call.leg("ended", cause="ALLOTTED_TIMEOUT")
    assert call.runner.position is not None
    assert call.runner.position.block == "here"
    assert call.tells[0][1]["cause"] == "ALLOTTED_TIMEOUT"
    assert call.tells[0][1]["talk_ms"] == 60000


def test_a_party_left_over_from_a_talk_is_hung_up() -> None:
    call = run_steps(transfer("{to: user/anna}")).leg("answered").leg("bridged").leg("unbridged")
    assert not call.ended
    call.time_out()
    assert call.effects[-1] == HangUp(ONE)
    assert call.ended


@pytest.mark.parametrize("happens", ["ended", "nothing"])
def test_two_that_cannot_be_connected_are_a_failure(happens: str) -> None:
    call = run_steps(transfer("{to: user/anna, failed: here}")).leg("answered")
    call = call.leg("ended", cause="NORMAL_CLEARING") if happens == "ended" else call.time_out()
    assert (HangUp(ONE) in call.effects) is (happens == "nothing")
    call.done(Played("interrupted"), ask=1)
    assert call.runner.position is not None
    assert call.runner.position.block == "here"


# Blind


def test_blind_hands_the_caller_over_and_ends_the_flow() -> None:
    call = run_steps(transfer("{to: 'sip:anna@example.com', mode: blind}"))
    assert call.last_ask == Deflect(call.runner._state.facts.leg, "sip:anna@example.com", answered=True)
    call.done(Deflected(True, "202 Accepted"))
    assert call.result is not None
    assert call.result.how == "transferred"
    blind = {"to": "sip:anna@example.com", "result": "blind", "cause": "", "talk_ms": 0}
    assert call.tells == [("call.transferred", blind)]


def test_blind_before_the_answer_redirects() -> None:
    call = run_steps(transfer("{to: user/anna, mode: blind}"), answered=False)
    assert call.last_ask == Deflect(call.runner._state.facts.leg, "sip:anna", answered=False)


def test_blind_in_vain() -> None:
    call = run_steps(transfer("{to: [user/a, user/b], mode: blind, busy: here, failed: there}"))
    call.done(Deflected(False, "SIP/2.0 486 Busy Here"))
    assert isinstance(call.asks[AskId(2)], Deflect)
    call.time_out()
    assert call.runner.position is not None
    assert call.runner.position.block == "here"
    refused = run_steps(transfer("{to: user/a, mode: blind}")).done(Refused("-ERR"))
    assert [fields["error"] for kind, fields in refused.tells if kind == "flow.error"] == ["transfer.failed"]


@pytest.mark.parametrize(
    "fields", [{}, {"to": []}, {"to": "user/a", "accept_key": "12"}, {"to": "user/a", "ringback": 5}]
)
def test_fields_that_make_no_sense_are_refused_when_loaded(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KINDS["transfer"].model_validate(fields)
