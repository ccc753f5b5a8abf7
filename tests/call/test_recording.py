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


KEPT, LOST = Recorded(2000, "silence"), Refused("lost")


def test_each_file_is_closed_once() -> None:
    recordings = open_ones()
    assert recordings.open == 2
    recordings.closed(AskId(1), KEPT)
    recordings.closed(AskId(9), KEPT)
    assert recordings.open == 1
    assert recordings.untold() == [], "its step will say it"


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
    recordings.closed(AskId(2), KEPT)
    assert recordings.unmasking() == []


def test_what_a_step_has_told_is_not_told_again() -> None:
    recordings = open_ones()
    for ask in (1, 2):
        recordings.closed(AskId(ask), KEPT)
    for name in ("rec_1", "rec_9", "None"):
        recordings.told(name)
    recordings.abandon()
    assert recordings.untold() == [(SECOND, KEPT)]
    assert recordings.untold() == []


def test_what_became_of_a_recording_without_its_step_is_given_when_it_is_closed() -> None:
    recordings = open_ones()
    recordings.closed(AskId(1), KEPT)
    recordings.abandon()
    third = StartRecording(A, "/rec/3.wav", ask=AskId(3))
    recordings.began(third)
    assert recordings.untold() == [(FIRST, KEPT)], "closed before it was abandoned"
    recordings.closed(AskId(2), LOST)
    recordings.closed(AskId(3), KEPT)
    assert recordings.untold() == [(SECOND, LOST)]


def test_every_open_file_can_be_closed() -> None:
    recordings = open_ones()
    recordings.closed(AskId(1), KEPT)
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
