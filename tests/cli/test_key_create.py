"""`key create`: a key that opens, shown once."""

import json
from pathlib import Path

from engine.config import load_settings
from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.installation_key import installation_key
from engine.shell.serving.api_keys import PEPPER, ApiKeys
from engine.shell.store import connect
from tests.cli.conftest import Command


def find(project: Path, text: str) -> object:
    redis = EmbeddedRedis(project / "var/redis")
    client = connect(redis.start())
    try:
        return ApiKeys(client, installation_key(load_settings()).derive(PEPPER)).find(text)
    finally:
        client.close()
        redis.stop()


def test_its_text_alone_is_on_standard_output_and_opens(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/project.yaml").write_text("tenant: acme\n")
    ran = switchboard("key", "create", "--name", "billing", "--scope", "calls:read", "--scope", "usage:read")
    assert ran.code == 0
    assert "not shown again" in ran.err
    caller = find(project, ran.out.strip())
    assert caller is not None
    assert (caller.tenant, caller.scopes) == ("acme", {"calls:read", "usage:read"})  # type: ignore[attr-defined]


def test_as_json_with_limits_and_an_end(project: Path, switchboard: Command) -> None:
    ran = switchboard("key", "create", "--tenant", "other", "--expires", "1h", "--per-minute", "5", "--json")
    made = json.loads(ran.out)
    assert (made["tenant"], made["per_minute"], made["scopes"]) == ("other", 5, ["*"])
    assert made["expires_at"] - made["created_at"] == 3600
    assert made["key"].startswith(f"sb_live_{made['id']}_")
    assert "digest" not in made


def test_what_is_wrong_is_told(project: Path, switchboard: Command) -> None:
    assert "invalid choice" in switchboard("key", "create", "--scope", "everything").err
    assert "write a time" in switchboard("key", "create", "--expires", "soon").err
    assert "write a tenant" in switchboard("key", "create", "--tenant", "a b").err
