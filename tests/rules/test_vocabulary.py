"""FreeSWITCH's names live in `esl` and in the simulation of it, and nowhere else."""

import re
from pathlib import Path

import pytest

from tests.rules.source import ENGINE, modules, shown, texts

NAMES = re.compile(
    r"\b(CHANNEL_[A-Z]+|uuid_[a-z_]+|sendmsg|bgapi|play_and_get_digits|local_stream|tone_stream|file_string|"
    r"variable_\w+|Event-Name|Unique-ID|Application-UUID|Job-UUID|Core-UUID|sofia(_contact)?/|sched_hangup)\b"
)
ALLOWED = {
    ENGINE / "shell/connection.py": "it is a greenswitch connection, whose methods take FreeSWITCH's words",
    ENGINE / "shell/freeswitch_conf.py": "it writes FreeSWITCH's own configuration",
}


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in modules()
        if not path.is_relative_to(ENGINE / "esl") and not path.is_relative_to(ENGINE / "sim") and path not in ALLOWED
    ],
    ids=shown,
)
def test_the_names_of_freeswitch_stay_in_their_room(path: Path) -> None:
    found = [f"line {line}: {match[0]}" for line, text in texts(path) if (match := NAMES.search(text))]
    assert not found, f"{shown(path)}: {found}: let engine/esl say it"


def test_the_rule_can_fail() -> None:
    assert NAMES.search("CHANNEL_ANSWER")
    assert NAMES.search("uuid_kill x")
    assert any(NAMES.search(text) for path in modules(ENGINE / "esl") for _, text in texts(path))
