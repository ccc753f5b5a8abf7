"""Every dependency is bounded below and above, and the README says what it is for."""

import re
import tomllib

import pytest

from tests.rules.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.mark.parametrize("wanted", PROJECT["dependencies"])
def test_it_is_bounded_and_explained(wanted: str) -> None:
    assert re.search(r">=\d", wanted)
    assert re.search(r"<\d", wanted)
    name = re.split(r"[\[<>=]", wanted)[0]
    assert re.search(rf"^\| `{re.escape(name)}` \| .{{10,}} \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
