"""Recordings of a call: closed once each, never left masked, and a verdict for the world."""

import pytest

from engine.call.recording import Recordings, verdict
from engine.core.effects import SetMasked, StartRecording, StopRecording
from engine.core.ids import AskId, LegId
from engine.core.signals import Answer, Played, Recorded, Refused

A = LegId("a")
FIRST = StartRecording(A, "/rec/1.wav", ask=AskId(1))
SECOND = StartRecording(A, "/rec/2.wav", ask=AskId(2))


def open_ones() -> Recordings:
    recordings = Recordings()
    recordings.began(FIRST)
    recordings.began(SECOND)
    return recordings


def test_each_file_is_closed_once() -> None:
    recordings = open_ones()
    assert recordings.open == 2
    assert recordings.ended(AskId(1)) == FIRST
    assert recordings.ended(AskId(1)) is None
    assert recordings.ended(AskId(9)) is None
    assert recordings.open == 1


def test_a_mask_is_taken_back_once() -> None:
    recordings = open_ones()
    assert recordings.unmasking() == []
    recordings.masked(SetMasked(A, "/rec/2.wav", True))
    recordings.masked(SetMasked(A, "/rec/elsewhere.wav", True))
    assert recordings.unmasking() == [SetMasked(A, "/rec/2.wav", False)]
    assert recordings.unmasking() == []


def test_a_mask_that_was_lifted_or_whose_file_is_closed_needs_nothing() -> None:
    recordings = open_ones()
    recordings.masked(SetMasked(A, "/rec/1.wav", True))
    recordings.masked(SetMasked(A, "/rec/1.wav", False))
    recordings.masked(SetMasked(A, "/rec/2.wav", True))
    recordings.ended(AskId(2))
    assert recordings.unmasking() == []


def test_what_a_step_has_told_is_not_told_again() -> None:
    recordings = open_ones()
    recordings.told("rec_1")
    recordings.told("rec_9")
    recordings.told("None")
    assert recordings.ended(AskId(1)) is None
    assert recordings.ended(AskId(2)) == SECOND


def test_a_recording_without_its_step_is_abandoned() -> None:
    recordings = open_ones()
    assert not recordings.is_abandoned(AskId(1))
    recordings.abandon()
    recordings.began(StartRecording(A, "/rec/3.wav", ask=AskId(3)))
    assert [recordings.is_abandoned(AskId(number)) for number in (1, 2, 3, 9)] == [True, True, False, False]


def test_every_open_file_can_be_closed() -> None:
    recordings = open_ones()
    recordings.ended(AskId(1))
    assert recordings.stopping() == [StopRecording(A, "/rec/2.wav")]


@pytest.mark.parametrize(
    ("answer", "kind", "fields"),
    [
        (Recorded(2000, "silence"), "recording.saved", {"duration_ms": 2000}),
        (Recorded(2000, "hangup"), "recording.saved", {"duration_ms": 2000}),
        (Recorded(0, "stopped"), "recording.failed", {"reason": "no sound"}),
        (Recorded(0, "failed", detail="empty-file"), "recording.failed", {"reason": "empty-file"}),
        (Recorded(50, "failed", detail="uri-failure"), "recording.failed", {"reason": "uri-failure"}),
        (Refused("Cannot locate session!"), "recording.failed", {"reason": "Cannot locate session!"}),
        (Played("done"), "recording.failed", {"reason": "no sound"}),
    ],
)
def test_what_the_world_is_told_of_a_recording(answer: Answer, kind: str, fields: dict[str, object]) -> None:
    assert verdict(FIRST, answer) == (kind, {"recording": "rec_1", "path": "/rec/1.wav"} | fields)
