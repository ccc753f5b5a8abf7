"""Causes against the tables of mod_sofia."""

import pytest

from engine.sim.causes import NUMBERS, cause_of, cause_of_sip, phrase_of, q850_of, sip_code_of


@pytest.mark.parametrize(
    ("cause", "code"),
    [("USER_BUSY", 486), ("CALL_REJECTED", 603), ("NO_ANSWER", 480), ("UNALLOCATED_NUMBER", 404),
     ("ORIGINATOR_CANCEL", 487), ("INCOMPATIBLE_DESTINATION", 488), ("NORMAL_CLEARING", 480)],
)  # fmt: skip
def test_a_cause_is_refused_with_its_status(cause: str, code: int) -> None:
    assert sip_code_of(cause) == code


@pytest.mark.parametrize(
    ("code", "cause"),
    [(486, "USER_BUSY"), (603, "CALL_REJECTED"), (480, "NO_USER_RESPONSE"), (408, "RECOVERY_ON_TIMER_EXPIRE"),
     (503, "NORMAL_TEMPORARY_FAILURE"), (404, "UNALLOCATED_NUMBER"), (487, "ORIGINATOR_CANCEL"),
     (499, "NORMAL_UNSPECIFIED")],
)  # fmt: skip
def test_a_status_means_its_cause(code: int, cause: str) -> None:
    assert cause_of_sip(code) == cause


def test_an_unknown_text_is_normal_clearing() -> None:
    assert [cause_of(text) for text in ("user_busy", "17", "nonsense", "99999")] == [
        "USER_BUSY", "USER_BUSY", "NORMAL_CLEARING", "NORMAL_CLEARING",
    ]  # fmt: skip


def test_causes_of_freeswitch_alone_have_the_number_of_normal_clearing() -> None:
    assert (q850_of("USER_BUSY"), q850_of("ORIGINATOR_CANCEL")) == (17, 16)


def test_every_cause_has_a_status_in_the_range_of_refusals() -> None:
    assert all(400 <= sip_code_of(cause) < 700 for cause in NUMBERS)
    assert phrase_of(486) == "Busy Here"
