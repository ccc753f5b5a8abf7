"""Effects to commands, byte for byte."""

from typing import get_args

import pytest

from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CancelAsk,
    CloseCall,
    CollectSecret,
    Deflect,
    Dial,
    DiscardRecording,
    Effect,
    ForgetSecret,
    HangUp,
    HttpCall,
    Play,
    RegisteredUser,
    SetMasked,
    StartRecording,
    StopPlay,
    StopRecording,
    TakeLeg,
    WriteLog,
)
from engine.core.errors import UnsafeTextError
from engine.core.ids import AskId, CallId, LegId
from engine.core.prompts import SoundFile, Speech
from engine.esl.dialstring import Routes
from engine.esl.perform import Place, commands

A, B = LegId("leg-a"), LegId("leg-b")
PLACE = Place(CallId("leg-a"), Routes("agents", "trunk", "pbx.example", "carrier"))
PROMPT = (SoundFile("/s/a.wav"),)
PATH = "/rec/leg-a-1.wav"


def execute(application: str, argument: str = "", label: str = "", leg: str = "leg-a") -> str:
    head = f"sendmsg {leg}\ncall-command: execute\nexecute-app-name: {application}\nevent-lock: true\n"
    head += f"Event-UUID: {label}\n" if label else ""
    return head + (f"content-type: text/plain\ncontent-length: {len(argument)}\n\n{argument}" if argument else "\n")


def record_session(options: str) -> list[str]:
    return [execute("unset", "record_completion_cause"), execute("record_session", f"{PATH} {options}", "leg-a:8")]


WRITTEN: list[tuple[Effect, list[str]]] = [
    (TakeLeg(A), ["api sched_del leg-a\n\n"]),
    (AnswerLeg(A), [execute("answer")]),
    (AnswerLeg(A, early_media=True), [execute("pre_answer")]),
    (Play(A, PROMPT, True, AskId(4)), [execute("playback", "{sb_ask=4}/s/a.wav", "leg-a:4")]),
    (
        Play(A, PROMPT, False, AskId(4)),
        [
            execute("set", "playback_terminators=none"),
            execute("playback", "{sb_ask=4}/s/a.wav", "leg-a:4"),
            execute("set", "playback_terminators=any"),
        ],
    ),
    (Play(B, PROMPT, True, AskId(5)), [execute("playback", "{sb_ask=5}/s/a.wav", "leg-a:5", "leg-b")]),
    (StopPlay(A), ["api uuid_break leg-a\n\n"]),
    (
        CollectSecret(A, PROMPT, 16, 8000, 3000, "#", AskId(6)),
        [
            execute("set", "sensitive_dtmf=true"),
            execute("unset", "read_terminator_used"),
            execute(
                "play_and_get_digits",
                "0 16 1 8000 # {sb_ask=6}/s/a.wav silence_stream://20 sb_secret_6 .* 3000",
                "leg-a:6",
            ),
            execute("set", "sensitive_dtmf=false"),
        ],
    ),
    (ForgetSecret(A, AskId(6)), ["api uuid_setvar leg-a sb_secret_6\n\n"]),
    (
        Dial(B, RegisteredUser("alice"), 20, "100"),
        [
            "bgapi originate {origination_uuid=leg-b,originate_timeout=20,ignore_early_media=true,"
            "hangup_after_bridge=true,playback_terminators=any,sb_call=leg-a,origination_caller_id_number=100,"
            "origination_caller_id_name=100}sofia/agents/alice%pbx.example &park()\nJob-UUID: leg-b\n\n"
        ],
    ),
    (BridgeLegs(A, B), ["api uuid_bridge leg-a leg-b\n\n"]),
    (Deflect(A, "sip:bob@example.org", True, AskId(7)), [execute("deflect", "sip:bob@example.org", "leg-a:7")]),
    (Deflect(A, "sip:bob@example.org", False, AskId(7)), [execute("redirect", "sip:bob@example.org", "leg-a:7")]),
    (StartRecording(A, PATH, ask=AskId(8)), record_session("+0 {sb_ask=leg-a:8}")),
    (
        StartRecording(A, PATH, "caller", False, 60_500, 4000, 5000, AskId(8)),
        record_session(
            "+61 {sb_ask=leg-a:8,RECORD_READ_ONLY=true,RECORD_INITIAL_TIMEOUT_MS=5000,RECORD_FINAL_TIMEOUT_MS=4000}"
        ),
    ),
    (
        StartRecording(A, PATH, "both", True, ask=AskId(8)),
        record_session("+0 {sb_ask=leg-a:8,RECORD_STEREO=true}"),
    ),
    (StopRecording(A, PATH), [f"bgapi uuid_record leg-a stop {PATH}\nJob-UUID: leg-a:stop\n\n"]),
    (SetMasked(A, PATH, True), [f"api uuid_record leg-a mask {PATH}\n\n"]),
    (SetMasked(A, PATH, False), [f"api uuid_record leg-a unmask {PATH}\n\n"]),
    (HangUp(A), ["api uuid_kill leg-a NORMAL_CLEARING\n\n"]),
    (HangUp(A, "USER_BUSY"), ["api uuid_kill leg-a USER_BUSY\n\n"]),
    (HangUp(A, "USER_BUSY", 486), [execute("respond", "486 Busy Here")]),
    (HangUp(A, "CALL_REJECTED", 699), [execute("respond", "699 Rejected")]),
    (HttpCall("GET", "http://x/"), []),
    (CancelAsk(AskId(1)), []),
    (WriteLog("info", "reload mod_event_socket\n\n"), []),
    (DiscardRecording(PATH), []),
    (CloseCall(), []),
]


@pytest.mark.parametrize(("effect", "wire"), WRITTEN, ids=lambda value: type(value).__name__)
def test_the_bytes_of_an_effect(effect: Effect, wire: list[str]) -> None:
    assert [command.encode().decode() for command in commands(effect, PLACE)] == wire


def test_every_effect_is_written_down_here() -> None:
    assert {type(effect) for effect, _ in WRITTEN} == set(get_args(Effect))


@pytest.mark.parametrize(
    "effect",
    [
        TakeLeg(LegId("a b")), StopPlay(LegId("a\n")), BridgeLegs(A, LegId("b all")), ForgetSecret(LegId(""), AskId(1)),
        HangUp(A, "NO_SUCH_CAUSE"), HangUp(A, "USER_BUSY\nx"), HangUp(A, "USER_BUSY", 200), HangUp(A, "USER_BUSY", 700),
        HangUp(LegId("a\n")), Play(A, (SoundFile("/a b.wav"),), True, AskId(1)), Play(A, (Speech("hi", "en"),)),
        CollectSecret(A, PROMPT, 4, 5000, 3000, "# x"), CollectSecret(A, PROMPT, 4, 5000, 3000, "#\n"),
        StartRecording(A, "rec.wav"), StartRecording(LegId("a b"), PATH), StopRecording(A, "/a b"),
        SetMasked(A, "/a\n", True), Deflect(A, "sip:a@b>,x", True), Deflect(A, "tel:1\n", False),
    ],
)  # fmt: skip
def test_what_cannot_be_said_safely_is_refused(effect: Effect) -> None:
    with pytest.raises(UnsafeTextError):
        commands(effect, PLACE)


def test_a_leg_with_a_line_feed_is_refused_at_the_latest_when_it_is_encoded() -> None:
    with pytest.raises(UnsafeTextError):
        [command.encode() for command in commands(AnswerLeg(LegId("a\n")), PLACE)]


@pytest.mark.parametrize(
    ("effect", "written"),
    [
        (CollectSecret(A, PROMPT, 0, 10, 0, "", AskId(1)),
         "0 1 1 1000 none {sb_ask=1}/s/a.wav silence_stream://20 sb_secret_1 .* 1"),
        (CollectSecret(A, PROMPT, 999, 10, 5, "*#", AskId(1)),
         "0 128 1 1000 *# {sb_ask=1}/s/a.wav silence_stream://20 sb_secret_1 .* 5"),
    ],
)  # fmt: skip
def test_a_secret_entry_stays_within_what_the_switch_takes(effect: Effect, written: str) -> None:
    assert commands(effect, PLACE)[2].argument == written  # type: ignore[union-attr]
