"""What docs/api.md tells of addresses, statuses, scopes and bounds is so."""

import re

import orjson
import pytest

from engine.api.errors import ErrorReply
from engine.api.frame import MOST_BODY, openapi_text
from engine.api.paging import DEFAULT, MOST
from engine.api.ports.keys import SCOPES
from engine.config import Api, Settings
from engine.shell.installation_key import FILE
from engine.shell.serving import connection
from tests.rules.source import ROOT

GUIDE = (ROOT / "docs/api.md").read_text("utf-8")
PATHS = orjson.loads(openapi_text())["paths"]


def addresses() -> set[str]:
    found = re.findall(r"(?:8080|`|POST )(/(?:v1|health|ready)[^\s`\"?]*)", GUIDE)
    return {address.rstrip(".") for address in found}


@pytest.mark.parametrize("address", sorted(addresses()))
def test_every_address_exists(address: str) -> None:
    shapes = [re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)) for path in PATHS]
    assert any(shape.fullmatch(address) for shape in shapes), address


def test_addresses_are_found() -> None:
    assert {"/v1/calls", "/v1/calls/CALL/hangup", "/v1/numbers/+442079460000", "/ready"} <= addresses()


def test_every_scope_is_named() -> None:
    assert all(f"`{scope}`" in GUIDE for scope in SCOPES)


def test_every_status_of_an_error_is_explained() -> None:
    told = {status for item in PATHS.values() for operation in item.values() for status in operation["responses"]}
    for status in told:
        assert int(status) < 400 or status == "500" or f"| {status} |" in GUIDE, status


@pytest.mark.parametrize("text", re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL))
def test_what_is_shown_is_json(text: str) -> None:
    shown = orjson.loads(text)
    assert isinstance(shown, dict)
    if "error" in shown:
        assert ErrorReply.model_validate(shown)


def test_the_bounds_are_those_in_force() -> None:
    for text in (
        f"{MOST_BODY // 1024} KiB", f"{connection.HEAD_TIME:.0f} s for its headers",
        f"{connection.BODY_TIME:.0f} s for its body",
        f"rest for {connection.KEEP_ALIVE:.0f} s", f"`limit` ({DEFAULT}, at most {MOST})",
        f"{Api().per_minute} requests a minute and {Api().per_hour:,} an hour",
    ):  # fmt: skip
        assert text in GUIDE, text


def test_the_settings_it_names_are_there() -> None:
    named = set(re.findall(r"`(installation_key|secret_key)`", GUIDE))
    assert named <= set(Settings.model_fields)
    assert f"var/{FILE}" in GUIDE
    for setting in re.findall(r"`\[api\] (\w+)", GUIDE):
        assert setting in Api.model_fields
