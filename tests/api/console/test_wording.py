"""Times, durations and strangers' texts, as people read them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.console import wording
from engine.api.console.wording import REPLACED


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (-5, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"), (3599, "59 min 59 s"), (3840, "1 h 04 min"),
     (90_000, "1 d 01 h"), (None, ""), ("5", "")],
)  # fmt: skip
def test_durations(seconds: object, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00.0"), (3.25, "0:03.2"), (59.97, "1:00.0"), (3729, "1:02:09.0"), (-1, "0:00.0")]
)
def test_offsets_into_a_call(seconds: float, words: str) -> None:
    assert wording.offset(seconds) == words


def test_counts_have_their_noun() -> None:
    assert [wording.count(number, "call") for number in (0, 1, 1200)] == ["0 calls", "1 call", "1,200 calls"]
    assert wording.count(2, "retry", "retries") == "2 retries"


def test_times_are_read_in_every_form_records_have_and_written_in_utc() -> None:
    at = datetime(2026, 11, 20, 22, 10, 5, 250_000, UTC)
    for value in (
        "2026-11-20T22:10:05.250Z",
        "2026-11-20T23:10:05.250+01:00",
        "2026-11-20T22:10:05.250",
        at.timestamp(),
    ):
        assert wording.moment(value) == at
        assert wording.clock(value) == "22:10:05"
        assert wording.date_and_clock(value) == "20 Nov 2026, 22:10:05"
        assert wording.exact(value) == "2026-11-20T22:10:05.250Z"


@pytest.mark.parametrize("value", [None, "", "soon", "x" * 300, 0, -1, True, 1e300, float("nan"), [], {}])
def test_what_is_no_time_is_nothing(value: object) -> None:
    assert wording.moment(value) is None
    assert (wording.clock(value), wording.date_and_clock(value), wording.exact(value)) == ("", "", "")
    assert wording.seconds_since(value, 1e9) == 0.0


def test_seconds_since_a_time_are_never_negative() -> None:
    assert wording.seconds_since(100.0, 130.5) == 30.5
    assert wording.seconds_since(100.0, 90.0) == 0.0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada\u202eecila", f"Ada{REPLACED}ecila"),
        ("a\x00b\x1bc\x9fd", f"a{REPLACED}b{REPLACED}c{REPLACED}d"),
        ("\u2066\u2069\ufeff\u200f", REPLACED * 4),
        ("half \ud800 of one", f"half {REPLACED} of one"),
        ("Zoë \N{GRINNING FACE}\tx", "Zoë \N{GRINNING FACE}\tx"),
        ("x" * 5000, "x" * wording.LONGEST + "…"),
    ],
)
def test_texts_of_strangers_play_no_tricks(text: str, shown: str) -> None:
    assert wording.plain(text) == shown


@given(st.text(st.characters()))
def test_every_text_can_be_sent(text: str) -> None:
    wording.plain(text).encode()


def test_values_of_events_are_one_line_each() -> None:
    value = {"plan": "gold", "n": 3, "on": True, "off": False, "none": None, "list": [1, "b"]}
    assert wording.written(value) == "plan: gold, n: 3, on: yes, off: no, none: none, list: 1, b"
