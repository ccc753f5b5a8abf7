"""Lists in pages: `limit` and `offset` in the query, `total` in the reply."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from engine.api.fields import Query

MOST = 100
DEFAULT = 50
FARTHEST = 1_000_000


class Page(Query):
    """The part of a list to give; the base of every list's query."""

    limit: int = Field(DEFAULT, ge=1, le=MOST, description="How many to give at most.")
    offset: int = Field(0, ge=0, le=FARTHEST, description="How many to pass over.")


def page_of(name: str, items: Sequence[Any], total: int, query: Page) -> dict[str, Any]:
    """The reply of a list: its items under their name, and where in the list they are."""
    return {name: items, "total": total, "limit": query.limit, "offset": query.offset}


def cut(items: Sequence[Any], query: Page) -> Sequence[Any]:
    """The page of a list that is all at hand."""
    return items[query.offset : query.offset + query.limit]
