"""Templates escape what they are given, show it without tricks, and know all their names."""

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from engine.api.console.rendering import page_of, templates


def rendered(text: str, **values: object) -> str:
    return templates().from_string(text).render(values)


def test_what_is_put_in_is_escaped() -> None:
    assert rendered("<i>{{ x }}</i>", x="<b>&\"'") == "<i>&lt;b&gt;&amp;&#34;&#39;</i>"
    assert rendered("{{ x }}", x=Markup("<b>")) == "<b>"


def test_what_cannot_be_seen_is_shown() -> None:
    assert rendered("{{ x }}", x="a\u202eb\x00") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert rendered("{{ x }}", x=None) == ""


def test_what_a_form_sends_back_is_as_it_was_typed() -> None:
    typed = "<" + "x" * 5000 + "\u202e"
    assert rendered('"{{ x | e }}"', x=typed) == '"&lt;' + typed[1:] + '"'


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        rendered("{{ nothing_of_the_kind }}")


def test_every_template_can_be_read() -> None:
    names = templates().list_templates(["html"])
    assert len(names) > 10
    for name in names:
        templates().get_template(name)


@pytest.mark.parametrize("name", templates().list_templates(["html"]))
def test_no_template_escapes_the_escaping_or_the_policy(name: str) -> None:
    loader = templates().loader
    assert loader is not None
    source, _, _ = loader.get_source(templates(), name)
    for forbidden in (
        "|safe",
        "| safe",
        "autoescape",
        "style=",
        "<style",
        "javascript:",
        " onclick",
        " onload",
        "onerror",
    ):
        assert forbidden not in source
    assert source.count("<script") == (1 if name == "base.html" else 0)


def test_a_page_is_html_in_utf_8() -> None:
    reply = page_of("event_row.html", 418, event=_Event())
    assert reply.status_code == 418
    assert reply.content_type == "text/html; charset=utf-8"


class _Event:
    id = at = tone = title = where = source = call = ""
    family = type = "call"
    details = ()
