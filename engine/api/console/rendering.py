"""Turns templates into pages. Everything that is put into one is escaped, and shown without tricks."""

import time
from functools import cache
from typing import Any

from flask import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from engine.api.console import wording
from engine.api.console.endpoint_view import failure_words

_FILTERS = (
    wording.duration, wording.offset, wording.count, wording.clock, wording.date_and_clock, wording.exact,
    wording.written,
)  # fmt: skip


def _visible(value: Any) -> Any:
    """What a template writes: texts of strangers lose what cannot be seen; None is nothing.

    What a form sends back must stay as it was typed: `value="{{ text | e }}"` is escaped and otherwise left alone.
    """
    if value is None:
        return ""
    return wording.plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def templates() -> Environment:
    """The templates of the console. A name a template does not know is an error, not an empty text."""
    environment = Environment(
        loader=PackageLoader("engine.api.console"), autoescape=True, undefined=StrictUndefined, finalize=_visible,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update({each.__name__: each for each in _FILTERS})
    environment.globals["now"] = time.time
    environment.globals["failure"] = failure_words
    environment.globals["seconds_since"] = wording.seconds_since
    return environment


def render(template: str, **values: Any) -> str:
    """A page or a part of one."""
    return templates().get_template(template).render(values)


def page_of(template: str, status: int = 200, **values: Any) -> Response:
    """A whole page as a reply."""
    return Response(render(template, **values), status, content_type="text/html; charset=utf-8")
