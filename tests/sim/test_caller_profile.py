"""The Caller- headers."""

import pytest

from engine.sim.caller_profile import CallerProfile, clean, holds_variable, now_us


def test_empty_fields_leave_their_header_out_and_times_are_numbers() -> None:
    profile = CallerProfile("u", "inbound", "sofia/trunk/a", "1000", caller_id_number="555")
    before = profile.headers("Caller")
    profile.mark("Channel-Answered")
    profile.mark("Channel-Answered")
    after = profile.headers("Caller")
    assert "Caller-Caller-ID-Name" not in before
    assert before["Caller-Channel-Answered-Time"] == "0"
    assert 0 < int(str(after["Caller-Channel-Answered-Time"])) <= now_us()
    assert before["Caller-Orig-Caller-ID-Number"] == "555"


def test_the_other_legs_headers_have_no_index() -> None:
    headers = CallerProfile("u", "outbound", "c", "1").headers("Other-Leg", without_times=True)
    assert "Other-Leg-Profile-Index" not in headers
    assert headers["Other-Leg-Channel-Created-Time"] == "0"
    assert headers["Other-Leg-Unique-ID"] == "u"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\tb\x01", "a b "), ("a\r\nb", "a\r\nb"), ("${system id}", "%{system id}"), ("$\\{x}", "%\\{x}"),
        ("$x {y} $", "$x {y} $"), ("\x7f", "\x7f"),
    ],
)  # fmt: skip
def test_a_text_from_the_wire_cannot_expand(text: str, kept: str) -> None:
    assert clean(text) == kept
    assert not holds_variable(kept)
    assert holds_variable(text) == ("%" in kept)


def test_fields_are_variables() -> None:
    profile = CallerProfile("u", "inbound", "chan", "1000", caller_id_name="Bob")
    assert [profile.value_of(name) for name in ("destination_number", "caller_id_name", "uuid", "chan_name", "x")] == [
        "1000", "Bob", "u", "chan", None,
    ]  # fmt: skip
