"""`key list`: the keys, never their secrets."""

import json
from pathlib import Path

from tests.cli.conftest import Command


def test_keys_are_shown_without_what_is_secret(project: Path, switchboard: Command) -> None:
    assert "key create" in switchboard("key", "list").out
    text = switchboard("key", "create", "--name", "billing", "--expires", "1d").out.strip()
    other = json.loads(switchboard("key", "create", "--tenant", "other", "--json").out)
    switchboard("key", "revoke", other["id"])
    shown = switchboard("key", "list").out
    for word in ("billing", text[8:16], "never", "good until", "revoked", "usual"):
        assert word in shown
    assert text.rpartition("_")[2] not in shown


def test_as_json_and_by_tenant(project: Path, switchboard: Command) -> None:
    for tenant in ("one", "two"):
        switchboard("key", "create", "--tenant", tenant)
    listed = json.loads(switchboard("key", "list", "--tenant", "two", "--json").out)
    assert [(key["tenant"], key["revoked_at"]) for key in listed] == [("two", None)]
    assert "digest" not in listed[0]
