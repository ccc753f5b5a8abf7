"""Pages of lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.api.paging import DEFAULT, MOST, Page, cut, page_of


@given(st.lists(st.integers(), max_size=300), st.integers(1, MOST))
def test_pages_one_after_another_are_the_list(items: list[int], limit: int) -> None:
    seen: list[int] = []
    for offset in range(0, len(items) + 1, limit):
        seen += cut(items, Page(limit=limit, offset=offset))
    assert seen == items


def test_a_page_tells_where_it_is() -> None:
    assert page_of("calls", [1], 7, Page(offset=6)) == {"calls": [1], "total": 7, "limit": DEFAULT, "offset": 6}


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": MOST + 1}, {"offset": -1}, {"offset": 10**9}, {"page": 2}])
def test_a_page_is_bounded(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Page.model_validate(wrong)
