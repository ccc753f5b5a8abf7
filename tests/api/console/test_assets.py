"""The files every page loads come from the package, whole and small."""

import pytest

from engine.api.console.assets import address_of, asset, serve

MOST_LINES = 200


@pytest.mark.parametrize("name", ["console.css", "console.js", "icon.svg"])
def test_each_file_is_there_under_its_digest(name: str) -> None:
    found = asset(name)
    assert found is not None
    assert address_of(name) == f"/console/static/{found.digest}/{name}"
    reply = serve(found.digest, name)
    assert reply is not None
    assert reply.get_data() == found.body


@pytest.mark.parametrize("name", ["", "site.py", "../site.py", "console.css/", "x" * 1000])
def test_there_is_nothing_else(name: str) -> None:
    assert asset(name) is None
    assert serve("0" * 16, name) is None
    with pytest.raises(KeyError):
        address_of(name)


def test_the_script_stays_small_and_makes_no_code_of_texts() -> None:
    found = asset("console.js")
    assert found is not None
    text = found.body.decode()
    assert len(text.splitlines()) < MOST_LINES
    for forbidden in (
        "eval(",
        "innerHTML",
        "new Function",
        "document.write",
        "localStorage",
        "sessionStorage",
        "http://",
        "https://",
    ):
        assert forbidden not in text
