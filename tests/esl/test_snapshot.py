"""What a switch shows after nobody listened for a while: its channels, and what became of pending asks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import Ask, CollectSecret, Deflect, HttpCall, Play, StartRecording
from engine.core.errors import UnsafeTextError
from engine.core.ids import AskId, LegId
from engine.core.prompts import SoundFile
from engine.core.signals import Played, Recorded, Refused, SecretDigits
from engine.esl.event import Event
from engine.esl.snapshot import (
    ChannelRow,
    Fate,
    Finished,
    Running,
    Unseen,
    bridged_with,
    call_of,
    dump_line,
    fate,
    is_answered,
    parse_channels,
    parse_dump,
    recordings_line,
)
from tests.esl import recorded
from tests.esl.frames import event_of

LEG = LegId("163c51a6-bc08-4b81-9335-7dba4947d152")
PROMPT = (SoundFile("/s/a.wav"),)
PATH = "/rec/a.wav"
PLAY = Play(LEG, PROMPT, True, AskId(4))
SECRET = CollectSecret(LEG, PROMPT, 16, 8000, 3000, "#", AskId(4))
RECORD = StartRecording(LEG, PATH, ask=AskId(4))


def test_the_recorded_list_of_channels() -> None:
    rows = parse_channels(recorded.answers("resync_after_reconnect", "api show channels as json")[0])
    assert rows == [
        ChannelRow(LegId("84438da1-a288-43a2-b7d5-87501cad4c1c"), inbound=False, waiting=False),
        ChannelRow(LEG, inbound=True, waiting=False),
    ]


@pytest.mark.parametrize(
    "body",
    [
        '{"row_count":0}',
        "",
        "-ERR no database",
        "[]",
        '{"rows":{}}',
        '{"rows":[1,null,{"uuid":""},{"direction":"inbound"}]}',
    ],
)
def test_a_list_without_rows_has_none(body: str) -> None:
    assert parse_channels(body) == []


def test_a_parked_caller_waits() -> None:
    body = '{"row_count":1,"rows":[{"uuid":"a","direction":"inbound","application":"park"}]}'
    assert parse_channels(body) == [ChannelRow(LegId("a"), inbound=True, waiting=True)]


def test_the_lines_that_look() -> None:
    assert dump_line(LegId("a")) == "uuid_dump a json"
    assert recordings_line(LegId("a")) == "uuid_buglist a"
    for line in (dump_line, recordings_line):
        with pytest.raises(UnsafeTextError):
            line(LegId("a json\n"))


def dumped(**variables: str) -> Event:
    """The recorded dump of a channel that plays a prompt, with these variables changed; an empty one is absent."""
    dump = parse_dump(recorded.answers("resync_after_reconnect", "api uuid_dump")[0])
    assert dump is not None
    headers = dump.headers | {f"variable_{name}": value for name, value in variables.items()}
    return event_of({name: value for name, value in headers.items() if value != ""})


def test_the_recorded_dump_of_a_channel() -> None:
    dump = dumped()
    assert dump.get("Unique-ID") == LEG
    assert is_answered(dump)
    assert bridged_with(dump) is None
    assert call_of(dump) == ""
    assert call_of(dumped(sb_call="c1")) == "c1"
    assert not is_answered(event_of({"Answer-State": "ringing"}))


def test_a_channel_in_a_talk_shows_the_other_leg() -> None:
    assert bridged_with(dumped(bridge_uuid="leg-b")) == "leg-b"
    assert bridged_with(event_of({"Other-Leg-Unique-ID": "leg-b"})) == "leg-b"


@pytest.mark.parametrize("body", ["-ERR No such channel!\n", "", "+OK"])
def test_a_channel_that_is_gone_has_no_dump(body: str) -> None:
    assert parse_dump(body) is None


def running(application: str, argument: str, response: str = "", **more: str) -> Event:
    return dumped(
        current_application=application,
        current_application_data=argument,
        current_application_response=response,
        **more,
    )


@pytest.mark.parametrize(
    ("dump", "becomes"),
    [
        (running("playback", "{sb_ask=4}/s/a.wav"), Running()),
        (running("playback", "{sb_ask=4}/s/a.wav", "_none_"), Running()),
        (running("playback", "{sb_ask=4}/s/a.wav", "FILE PLAYED"), Finished(Played("done"))),
        (running("playback", "{sb_ask=4}/s/a.wav", "FILE PLAYED", playback_terminator_used="5"),
         Finished(Played("interrupted"), "5")),
        (running("playback", "{sb_ask=4}/s/a.wav", "FILE NOT FOUND"), Finished(Played("missing", "FILE NOT FOUND"))),
        (running("playback", "{sb_ask=3}/s/a.wav", "FILE PLAYED"), Unseen()),
        (running("playback", "{sb_ask=44}/s/a.wav", "FILE PLAYED"), Unseen()),
        (running("playback", "silence_stream://6000"), Unseen()),
        (running("set", "playback_terminators=any", "FILE PLAYED"), Unseen()),
        (running("park", ""), Unseen()),
        (running("answer", ""), Unseen()),
        (running("playback", "{sb_ask=" + "9" * 5000 + "}x"), Unseen()),
    ],
)  # fmt: skip
def test_what_became_of_a_prompt(dump: Event, becomes: Fate) -> None:
    assert fate(PLAY, AskId(4), dump) == becomes


@pytest.mark.parametrize(
    ("dump", "becomes"),
    [
        (running("set", "playback_terminators=none", "_none_"), Running()),
        (running("playback", "{sb_ask=4}/s/a.wav"), Running()),
        (running("set", "playback_terminators=any", "FILE PLAYED"), Finished(Played("done"))),
        (running("set", "sensitive_dtmf=false"), Unseen()),
    ],
)
def test_what_became_of_a_prompt_no_key_may_end(dump: Event, becomes: Fate) -> None:
    assert fate(Play(LEG, PROMPT, False, AskId(4)), AskId(4), dump) == becomes


@pytest.mark.parametrize(
    ("dump", "becomes"),
    [
        (running("play_and_get_digits", "0 16 1 8000 # {sb_ask=4}/s/a.wav silence_stream://20 sb_secret_4 .* 3000"),
         Running()),
        (running("set", "sensitive_dtmf=true"), Running()),
        (running("unset", "read_terminator_used"), Running()),
        (running("set", "sensitive_dtmf=false", sb_secret_4="1234", read_terminator_used="#"),
         Finished(SecretDigits("1234", "#"))),
        (running("set", "sensitive_dtmf=false"), Finished(SecretDigits(""))),
        (running("set", "sensitive_dtmf=false", sb_secret_3="99"), Finished(SecretDigits(""))),
        (running("set", "playback_terminators=any"), Unseen()),
        (running("unset", "something_else"), Unseen()),
        (running("park", ""), Unseen()),
    ],
)  # fmt: skip
def test_what_became_of_a_secret_entry(dump: Event, becomes: Fate) -> None:
    assert fate(SECRET, AskId(4), dump) == becomes


@pytest.mark.parametrize(
    ("dump", "bugs", "becomes"),
    [
        (dumped(), f"<media-bug><function>session_record</function><target>{PATH}</target></media-bug>", Running()),
        (
            dumped(record_ms="2060", record_completion_cause="success-silence"),
            "",
            Finished(Recorded(2060, "silence", PATH, "success-silence")),
        ),
        (
            dumped(record_ms="²", record_completion_cause="uri-failure"),
            "",
            Finished(Recorded(0, "failed", PATH, "uri-failure")),
        ),
        (dumped(record_ms="2060"), "", Unseen()),
        (dumped(), "<target>/rec/other.wav</target>", Unseen()),
    ],
)
def test_what_became_of_a_recording(dump: Event, bugs: str, becomes: Fate) -> None:
    assert fate(RECORD, AskId(4), dump, bugs) == becomes


@pytest.mark.parametrize(
    ("application", "becomes"), [("deflect", Running()), ("redirect", Running()), ("park", Unseen())]
)
def test_what_became_of_a_deflection(application: str, becomes: Fate) -> None:
    assert fate(Deflect(LEG, "sip:a@b", True, AskId(4)), AskId(4), running(application, "")) == becomes


def test_a_request_is_not_the_switch_s() -> None:
    assert fate(HttpCall("GET", "http://x"), AskId(4), dumped()) == Finished(Refused("not the switch's"))


@given(
    st.sampled_from([PLAY, SECRET, RECORD]),
    st.dictionaries(
        st.sampled_from(
            [f"variable_{name}" for name in ("current_application", "current_application_data", "record_ms",
             "record_completion_cause",
             "current_application_response", "playback_terminator_used", "sb_secret_4", "read_terminator_used")]
        ),
        st.none() | st.text(max_size=8) | st.integers() | st.lists(st.text(max_size=3), max_size=2),
    ),
)  # fmt: skip
def test_no_dump_is_too_odd_to_be_judged(ask: Ask, dump: dict[str, Any]) -> None:
    assert isinstance(fate(ask, AskId(4), event_of(dump)), Running | Unseen | Finished)
