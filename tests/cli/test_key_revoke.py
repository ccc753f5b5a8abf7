"""`key revoke`: closed for ever."""

import json
from pathlib import Path

from tests.cli.conftest import Command


def test_a_key_is_revoked_by_its_id_or_text(project: Path, switchboard: Command) -> None:
    texts = [switchboard("key", "create").out.strip() for _ in range(2)]
    assert "is revoked" in switchboard("key", "revoke", texts[0]).out
    assert switchboard("key", "revoke", texts[1][8:16]).code == 0
    assert all(key["revoked_at"] for key in json.loads(switchboard("key", "list", "--json").out))


def test_a_key_that_is_not_there_is_told(project: Path, switchboard: Command) -> None:
    ran = switchboard("key", "revoke", "abcdefgh")
    assert (ran.code, ran.err.strip()) == (2, "switchboard: there is no key abcdefgh")
