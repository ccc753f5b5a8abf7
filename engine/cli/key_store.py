"""The API keys of the installation a command is about, and what the `key` commands show of them."""

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.cli.events import redis_address
from engine.cli.project_choice import chosen_settings

if TYPE_CHECKING:
    from engine.config import Settings
    from engine.shell.serving.api_keys import ApiKey, ApiKeys

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LIFETIME = re.compile(r"([1-9][0-9]{0,5})([smhdw])")


@contextmanager
def api_keys(options: argparse.Namespace) -> "Iterator[tuple[ApiKeys, Settings]]":
    """The keys, with the settings. Raises StoreError when Redis cannot be reached."""
    from engine.shell.installation_key import installation_key
    from engine.shell.serving.api_keys import PEPPER, ApiKeys
    from engine.shell.store import connect

    settings = chosen_settings(options)
    pepper = installation_key(settings).derive(PEPPER)
    with redis_address(settings) as url:
        client = connect(url)
        try:
            yield ApiKeys(client, pepper), settings
        finally:
            client.close()


def home_tenant(settings: "Settings") -> str:
    """Whose the flows are that name nobody: the project says, else the settings."""
    from engine.flow.project import PROJECT_FILE, read_project
    from engine.flow.yaml_source import read_yaml

    try:
        source = (settings.project_dir / PROJECT_FILE).read_bytes()
    except OSError:
        return settings.tenant
    return read_project(read_yaml(PROJECT_FILE, source)[0], tenant=settings.tenant)[0].tenant


def key_record(key: "ApiKey") -> dict[str, Any]:
    """A key as plain data, without what its secret is checked by."""
    record = asdict(key)
    del record["digest"]
    return record


def lifetime(text: str) -> float:
    """Seconds of a written time such as `12h` or `30d`. Raises ArgumentTypeError."""
    found = _LIFETIME.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text}: write a time such as 90m, 12h, 30d or 8w")
    return float(found[1]) * _UNITS[found[2]]
