"""What the `key` commands share."""

import argparse
from pathlib import Path

import pytest

from engine.cli.key_store import home_tenant, key_record, lifetime
from engine.config import Settings
from engine.shell.serving.api_keys import ApiKey


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43200), ("30d", 2592000), ("1w", 604800)]
)
def test_times_are_written_short(text: str, seconds: float) -> None:
    assert lifetime(text) == seconds


@pytest.mark.parametrize("text", ["", "12", "0d", "-1h", "1.5h", "ever", "12 h", "9999999d"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="12h"):
        lifetime(text)


def test_what_is_shown_of_a_key_cannot_check_one() -> None:
    shown = key_record(ApiKey("abcdefgh", "acme", "name", ("*",), "d" * 64, 1.0))
    assert shown["id"] == "abcdefgh"
    assert "d" * 64 not in str(shown)


def test_the_project_says_whose_the_flows_are(project: Path) -> None:
    settings = Settings(project_dir=project, tenant="installation")
    assert home_tenant(settings) == "installation"
    (project / "ivr_flows/project.yaml").write_text("tenant: acme\n")
    assert home_tenant(settings) == "acme"
    (project / "ivr_flows/project.yaml").write_text("tenant: [\n")
    assert home_tenant(settings) == "installation"
    (project / "ivr_flows/project.yaml").unlink()
    assert home_tenant(settings) == "installation"
