"""Events to signals, held to what a real FreeSWITCH was heard to say."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.ids import AskId, LegId
from engine.core.signals import (
    Answer,
    Answered,
    Deflected,
    DigitPressed,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegFailed,
    Played,
    Recorded,
    Refused,
    SecretDigits,
    Signal,
)
from engine.esl import translate
from engine.esl.event import Event
from engine.esl.translate import SUBSCRIPTION, arrived, completion, core_uuid, recorded, whole_number
from tests.esl import recorded as traces
from tests.esl.frames import event_of

STORIES = {
    "auth_rejected": "",
    "bridge_agent_hangs_up": (
        "LegArrived A, LegAnswered A, LegRang B, LegAnswered B, LegBridged A B, LegAnswered B, "
        "LegEnded A NORMAL_CLEARING"
    ),
    "bridge_caller_hangs_up": (
        "LegArrived A, LegAnswered A, LegRang B, LegAnswered B, LegBridged A B, LegAnswered B, "
        "LegEnded A NORMAL_CLEARING by_them, LegEnded B NORMAL_CLEARING"
    ),
    "bridge_hold_unhold_and_record": (
        "LegArrived A, LegAnswered A, LegRang B, LegAnswered B, LegBridged A B, LegHeld B held, LegHeld B, "
        "LegEnded B NORMAL_TEMPORARY_FAILURE by_them, LegUnbridged A B, LegArrived A answered, "
        "LegArrived A answered, LegEnded A NORMAL_CLEARING"
    ),
    "caller_cancels_before_answer": "LegArrived A, LegEnded A NORMAL_CLEARING by_them",
    "caller_hangs_up_during_collect": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING by_them",
    "caller_hangs_up_during_playback": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING by_them",
    "collect_four_digits_terminator": (
        "LegArrived A, LegAnswered A, DigitPressed A 1, DigitPressed A 2, DigitPressed A 3, DigitPressed A 4, "
        "DigitPressed A #, LegEnded A NORMAL_CLEARING"
    ),
    "collect_invalid_then_valid": (
        "LegArrived A, LegAnswered A, DigitPressed A 9, DigitPressed A 1, LegEnded A NORMAL_CLEARING"
    ),
    "collect_no_input": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "collect_one_digit": "LegArrived A, LegAnswered A, DigitPressed A 1, LegEnded A NORMAL_CLEARING",
    "command_before_auth": "",
    "command_errors": "",
    "command_errors_on_live_call": "LegArrived A, LegAnswered A, LegEnded A DESTINATION_OUT_OF_ORDER",
    "early_media_then_hangup": "LegArrived A, LegEnded A ORIGINATOR_CANCEL by_them",
    "inbound_play_hangup": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "inbound_queued_event_lock": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "originate_answered": "LegRang A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "originate_busy": "LegEnded A USER_BUSY by_them, LegFailed B USER_BUSY",
    "originate_cancelled_by_uuid_kill": "LegRang A, LegEnded A ORIGINATOR_CANCEL, LegFailed B ORIGINATOR_CANCEL",
    "originate_declined": "LegRang A, LegEnded A CALL_REJECTED by_them, LegFailed B CALL_REJECTED",
    "originate_no_answer": "LegRang A, LegFailed B NO_ANSWER, LegEnded A NO_ANSWER",
    "originate_unavailable": "LegEnded A NO_USER_RESPONSE by_them, LegFailed B NO_USER_RESPONSE",
    "originate_unreachable_host": "LegEnded A NORMAL_TEMPORARY_FAILURE by_them, LegFailed B NORMAL_TEMPORARY_FAILURE",
    "originate_unregistered_user": "LegFailed A USER_NOT_REGISTERED",
    "playback_broken_by_uuid_break": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "playback_missing_file": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "playback_terminated_by_digit": "LegArrived A, LegAnswered A, DigitPressed A 1, LegEnded A NORMAL_CLEARING",
    "record_message_voicemail_style": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "record_session_stop": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
    "record_session_until_hangup": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING by_them",
    "reject_busy": "LegArrived A, LegEnded A USER_BUSY",
    "resync_after_reconnect": "LegEnded A NORMAL_CLEARING",
    "send_dtmf_and_dtmf_received": (
        "LegArrived A, LegAnswered A, DigitPressed A 1, DigitPressed A 2, DigitPressed A 3, DigitPressed A 4, "
        "DigitPressed A #, LegEnded A NORMAL_CLEARING"
    ),
    "variables_with_hostile_text": "LegArrived A, LegAnswered A, LegEnded A NORMAL_CLEARING",
}
"""What each recorded dialogue says, with the legs named A, B in order of appearance."""


def signal(headers: dict[str, Any], at: float) -> tuple[str, Signal] | None:
    """The signal of an event as it comes off the wire."""
    found = translate.signal(event_of(headers), at)
    assert found == translate.signal(Event.of(headers), at)
    return found


def story(events: list[dict[str, Any]]) -> str:
    """The signals of events, in one line for people."""
    legs: dict[str, str] = {}
    told = []
    for event in events:
        found = signal(event, 1.0)
        if found is None:
            continue
        words = [type(found[1]).__name__]
        for field in fields(found[1]):
            value = getattr(found[1], field.name)
            if field.name in ("leg", "other"):
                words.append(legs.setdefault(value, chr(ord("A") + len(legs))))
            elif field.name in ("cause", "digit"):
                words.append(value)
            elif value is True:
                words.append(field.name)
        told.append(" ".join(words))
    return ", ".join(told)


@pytest.mark.parametrize("scenario", traces.SCENARIOS)
def test_a_recorded_dialogue_is_understood(scenario: str) -> None:
    assert story(traces.events(scenario)) == STORIES[scenario]


@pytest.mark.parametrize("scenario", traces.SCENARIOS)
def test_the_narrow_subscription_loses_nothing_that_is_read(scenario: str) -> None:
    events = [event for event in traces.events(scenario) if event["Event-Name"] in SUBSCRIPTION]
    assert story(events) == STORIES[scenario]


def test_every_recorded_dialogue_is_told() -> None:
    assert len(traces.SCENARIOS) >= 35
    assert set(traces.SCENARIOS) == set(STORIES)


def test_a_signal_is_brought_to_its_leg() -> None:
    for event in traces.events("bridge_caller_hangs_up"):
        found = signal(event, 2.5)
        if found is not None:
            assert found[0] == event["Unique-ID"]
            assert found[1].at == 2.5


def test_the_caller_is_described_by_the_parked_channel() -> None:
    event = traces.events("inbound_play_hangup", "CHANNEL_PARK")[0]
    assert arrived(event_of(event), 3.0, "fs1") == LegArrived(
        at=3.0, leg=LegId(event["Unique-ID"]), switch="fs1", caller="sipp", caller_name="sipp", called="park",
        trunk="internal", source="127.0.0.1", answered=False, headers={}, recordings="",
    )  # fmt: skip


def test_a_gateway_is_the_trunk_and_x_headers_are_known_by_lower_case_names() -> None:
    event = traces.events("inbound_play_hangup", "CHANNEL_PARK")[0] | {
        "variable_sip_gateway_name": "carrier", "variable_sip_h_X-Ticket": "T-1", "variable_sip_h_X-Long": "x" * 999,
        "variable_sip_h_Via": "no", "Caller-Caller-ID-Name": "n" * 999, "Answer-State": "answered",
    }  # fmt: skip
    found = arrived(event_of(event), 3.0)
    assert found.trunk == "carrier"
    assert found.headers == {"x-ticket": "T-1", "x-long": "x" * 512}
    assert len(found.caller_name) == 256
    assert found.answered


def test_a_caller_taken_out_of_the_treatment_called_the_number_of_the_invite() -> None:
    event = traces.events("inbound_play_hangup", "CHANNEL_PARK")[0] | {
        "Caller-Context": "treatment", "Caller-Destination-Number": "treatment_2", "variable_sip_req_user": "+4420",
    }  # fmt: skip
    assert arrived(event_of(event), 3.0).called == "+4420"
    assert arrived(event_of(event | {"Caller-Context": "inbound"}), 3.0).called == "treatment_2"
    del event["variable_sip_req_user"]
    assert arrived(event_of(event), 3.0).called == "treatment_2"


def test_a_leg_of_ours_is_answered_when_it_parks_and_not_a_moment_before() -> None:
    # In between FreeSWITCH's dialling thread still holds it, and a bridge would make that thread take it for lost.
    answer, park = (
        traces.events("originate_answered", f"CHANNEL_{name}")[0] | {"Call-Direction": "outbound"}
        for name in ("ANSWER", "PARK")
    )
    assert signal(answer, 1.0) is None
    assert signal(park, 1.0) == (park["Unique-ID"], LegAnswered(1.0, LegId(park["Unique-ID"])))


def test_a_leg_that_left_a_talk_by_hanging_up_does_not_wait_for_us() -> None:
    parted = traces.events("bridge_hold_unhold_and_record", "CHANNEL_UNBRIDGE")[0]
    assert parted["Answer-State"] == "answered"
    assert signal(parted, 1.0) is not None
    assert signal(parted | {"Answer-State": "hangup"}, 1.0) is None


def test_early_media_of_a_dialled_leg_is_noted_and_of_a_caller_is_not() -> None:
    event = traces.events("originate_answered", "CHANNEL_PROGRESS")[0] | {"Event-Name": "CHANNEL_PROGRESS_MEDIA"}
    found = signal(event, 1.0)
    assert found is not None
    assert found[1].early_media  # type: ignore[union-attr]
    assert signal(event | {"Call-Direction": "inbound"}, 1.0) is None


@pytest.mark.parametrize("digit", ["", "12", "E", "é", "#\n"])
def test_what_is_no_key_is_no_signal(digit: str) -> None:
    event = traces.events("collect_one_digit", "DTMF")[0]
    assert signal(event | {"DTMF-Digit": digit}, 1.0) is None


def test_letters_of_the_keypad_are_capital() -> None:
    event = traces.events("collect_one_digit", "DTMF")[0]
    assert signal(event | {"DTMF-Digit": "d"}, 1.0) == (
        event["Unique-ID"], DigitPressed(1.0, LegId(event["Unique-ID"]), "D"),
    )  # fmt: skip


def test_a_leg_without_any_cause_still_ended() -> None:
    found = signal({"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Unique-ID": "a"}, 1.0)
    assert found == ("a", LegEnded(1.0, LegId("a"), "NORMAL_UNSPECIFIED"))


# Answers


def completed(scenario: str, application: str, index: int = 0) -> Signal | None:
    """The recorded completion of an application, as if we had asked for it as `c1:7`."""
    events = traces.events(scenario, "CHANNEL_EXECUTE_COMPLETE")
    event = [event for event in events if event["Application"] == application][index]
    found = signal(event | {"Application-UUID": "c1:7"}, 1.0)
    assert found is None or found[0] == "c1"
    return found[1] if found else None


@pytest.mark.parametrize(
    ("scenario", "index", "answer"),
    [
        ("inbound_play_hangup", 0, Played("done")),
        ("playback_terminated_by_digit", 0, Played("interrupted")),
        ("playback_terminated_by_digit", 1, Played("done")),
        ("playback_missing_file", 0, Played("missing", "FILE NOT FOUND")),
        ("caller_hangs_up_during_playback", 0, Played("done", "PLAYBACK ERROR")),
        ("playback_broken_by_uuid_break", 0, Played("done")),
    ],
)
def test_how_a_prompt_ended(scenario: str, index: int, answer: Answer) -> None:
    assert completed(scenario, "playback", index) == Answered(1.0, AskId(7), answer)


def test_what_was_keyed_in_secret_is_in_the_variable_of_its_ask() -> None:
    event = traces.events("collect_four_digits_terminator", "CHANNEL_EXECUTE_COMPLETE")
    event = next(item for item in event if item["Application"] == "play_and_get_digits")
    ours = event | {"Application-UUID": "c1:7", "variable_sb_secret_7": "1234", "variable_sb_secret_6": "9"}
    assert signal(ours, 1.0) == ("c1", Answered(1.0, AskId(7), SecretDigits("1234", "#")))
    assert completed("collect_no_input", "play_and_get_digits") == Answered(1.0, AskId(7), SecretDigits(""))


@pytest.mark.parametrize(
    ("application", "reply", "answer"),
    [
        ("redirect", "", Deflected(True)),
        ("deflect", "SIP/2.0 202 Accepted", Deflected(True, "SIP/2.0 202 Accepted")),
        ("deflect", "SIP/2.0 603 Decline", Deflected(False, "SIP/2.0 603 Decline")),
        ("deflect", "", Deflected(False)),
    ],
)
def test_whether_the_far_side_took_the_call(application: str, reply: str, answer: Answer) -> None:
    assert completion(application, event_of({"variable_sip_refer_reply": reply}), AskId(1)) == answer


@pytest.mark.parametrize("application", ["set", "answer", "park", "hangup", ""])
def test_applications_nobody_waits_for_answer_nothing(application: str) -> None:
    assert completion(application, event_of({}), AskId(1)) is None


@pytest.mark.parametrize("label", [None, "", "4990ca92-a3de-4111-b419-87ceaf4f9c90", "c1:x", 5])
def test_a_completion_somebody_else_asked_for_is_not_ours(label: object) -> None:
    event: dict[str, Any] = {"Event-Name": "CHANNEL_EXECUTE_COMPLETE", "Application": "playback"}
    assert signal(event | ({} if label is None else {"Application-UUID": label}), 1.0) is None


# Recordings and jobs


def stopped(scenario: str, **more: str) -> dict[str, Any]:
    event = traces.events(scenario, "RECORD_STOP")[0]
    return (
        event | {"Recording-Variable-sb_ask": "c1:8"} | {name.replace("_", "-"): value for name, value in more.items()}
    )


def test_a_recording_is_answered_when_its_file_is_closed() -> None:
    event = stopped("record_session_stop", Record_Completion_Cause="success-silence")
    path = "/var/lib/freeswitch/recordings/a.wav"
    assert signal(event, 1.0) == (
        "c1", Answered(1.0, AskId(8), Recorded(2000, "silence", path, "success-silence")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "ended"),
    [
        ("success-silence", "silence"), ("success-maxtime", "max"), ("no-input-timeout", "no_input"),
        ("input-too-short", "stopped"), ("", "stopped"), ("empty-file", "failed"), ("uri-failure", "failed"),
    ],
)  # fmt: skip
def test_what_ended_a_recording(cause: str, ended: str) -> None:
    assert recorded(event_of({"Record-Completion-Cause": cause})).cause == ended


@pytest.mark.parametrize(
    ("text", "ms"), [("2060", 2060), ("", 0), ("-5", 0), ("many", 0), ("²", 0), ("٣", 0), ("9" * 5000, 0)]
)
def test_how_long_a_recording_is(text: str, ms: int) -> None:
    assert recorded(event_of({"variable_record_ms": text})).ms == whole_number(text) == ms


@pytest.mark.parametrize("scenario", ["record_session_stop", "record_session_until_hangup"])
def test_a_recording_somebody_else_began_is_not_ours(scenario: str) -> None:
    assert signal(traces.events(scenario, "RECORD_STOP")[0], 1.0) is None


def job(job_uuid: str, command: str, body: str) -> tuple[str, Signal] | None:
    return signal({"Event-Name": "BACKGROUND_JOB", "Job-UUID": job_uuid, "Job-Command": command, "_body": body}, 1.0)


def test_a_refused_dial_is_a_failed_leg() -> None:
    assert job("leg-b", "originate", "-ERR USER_BUSY\n") == ("leg-b", LegFailed(1.0, LegId("leg-b"), "USER_BUSY"))
    assert job("leg-b", "originate", "-ERR \n") == ("leg-b", LegFailed(1.0, LegId("leg-b"), "NORMAL_UNSPECIFIED"))


def test_an_accepted_dial_says_nothing_new() -> None:
    assert job("leg-b", "originate", "+OK leg-b\n") is None


def test_a_recording_that_cannot_begin_is_a_refused_ask() -> None:
    began = {
        "Event-Name": "CHANNEL_EXECUTE_COMPLETE", "Application": "record_session", "Application-UUID": "c1:8",
    }  # fmt: skip
    assert signal(began, 1.0) is None
    refused = Answered(1.0, AskId(8), Refused("uri-failure"))
    assert signal(began | {"variable_record_completion_cause": "uri-failure"}, 1.0) == ("c1", refused)


def test_other_jobs_mean_nothing() -> None:
    assert job("leg-a:stop", "uuid_record", "-ERR Cannot locate session!\n") is None
    assert job("", "bogus", "-ERR bogus Command not found!\n") is None


def test_the_process_is_known_by_its_core() -> None:
    event = traces.events("inbound_play_hangup")[0]
    assert core_uuid(event_of(event)) == event["Core-UUID"]
    assert core_uuid(event_of({})) == ""


odd = st.none() | st.text(max_size=8) | st.integers(-(2**40), 2**40) | st.lists(st.text(max_size=3), max_size=2)
headers = st.sampled_from(
    ["Unique-ID", "Other-Leg-Unique-ID", "Call-Direction", "Application", "Application-UUID", "DTMF-Digit", "_body",
     "Hangup-Cause", "Job-UUID", "Job-Command", "Recording-Variable-sb_ask", "variable_record_ms", "Answer-State"]
)  # fmt: skip


@given(st.sampled_from([*SUBSCRIPTION, "CUSTOM", ""]), st.dictionaries(headers, odd))
def test_no_event_is_too_odd_to_be_looked_at(name: str, event: dict[str, Any]) -> None:
    found = signal(event | {"Event-Name": name}, 1.0)
    assert found is None or (isinstance(found[0], str) and found[1].at == 1.0)
