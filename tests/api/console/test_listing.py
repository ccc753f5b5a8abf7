"""Parts of lists, and the ways between them."""

import pytest
from flask import Flask

from engine.api.console.listing import Listing, asked_offset


def test_the_first_part_has_no_newer_and_the_last_no_older() -> None:
    query = (("flow", "a&b"),)
    first, middle, last = (Listing("/x", 50, offset, 120, query) for offset in (0, 50, 100))
    assert (first.newer, first.older) == (None, "/x?flow=a%26b&offset=50")
    assert (middle.newer, middle.older) == ("/x?flow=a%26b&offset=0", "/x?flow=a%26b&offset=100")
    assert (last.newer, last.older) == ("/x?flow=a%26b&offset=50", None)
    assert [(part.first, part.last) for part in (first, middle, last)] == [(1, 50), (51, 100), (101, 120)]


def test_an_empty_list_and_one_past_the_end_lead_back() -> None:
    empty, past = Listing("/x", 50, 0, 0), Listing("/x", 50, 500, 60)
    assert (empty.first, empty.last, empty.newer, empty.older) == (0, 0, None, None)
    assert (past.newer, past.older) == ("/x?offset=10", None)


@pytest.mark.parametrize(
    ("text", "offset"), [("", 0), ("70", 70), ("-1", 0), ("x", 0), ("\u0663", 0), ("9" * 9, 1_000_000), ("9" * 30, 0)]
)
def test_an_address_holds_any_offset(text: str, offset: int) -> None:
    with Flask("x").test_request_context(query_string={"dead": text}):
        assert asked_offset("dead") == offset
        assert asked_offset() == 0
