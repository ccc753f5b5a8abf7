"""The installation's key: made once, kept to its owner, the same for all, and nothing opens without it."""

import base64
import stat
from pathlib import Path

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from engine.config import Settings
from engine.core.errors import SettingsError
from engine.shell.installation_key import InstallationKey, installation_key

KEY = bytes(range(32))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_with_the_same_key_only(text: str) -> None:
    sealed = InstallationKey(KEY).seal(text)
    assert InstallationKey(KEY).unseal(sealed) == text
    with pytest.raises(ValueError, match="not sealed"):
        InstallationKey(bytes(32)).unseal(sealed)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    key = InstallationKey(KEY)
    assert key.seal("whsec_1") != key.seal("whsec_1")
    assert "whsec" not in key.seal("whsec_1")


@pytest.mark.parametrize("sealed", ["", "not base64!", base64.b64encode(b"short").decode(), "A" * 200])
def test_what_was_not_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(ValueError, match="not sealed"):
        InstallationKey(KEY).unseal(sealed)


def test_a_changed_byte_is_noticed() -> None:
    raw = bytearray(base64.b64decode(InstallationKey(KEY).seal("text")))
    raw[-1] ^= 1
    with pytest.raises(ValueError, match="not sealed"):
        InstallationKey(KEY).unseal(base64.b64encode(raw).decode())


def test_purposes_have_keys_of_their_own() -> None:
    key = InstallationKey(KEY)
    assert key.derive("a") == InstallationKey(KEY).derive("a")
    assert len({key.derive("a"), key.derive("b"), InstallationKey(bytes(32)).derive("a")}) == 3


def test_a_fresh_one_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    sealed = installation_key(settings).seal("text")
    path = tmp_path / "state/installation.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert installation_key(settings).unseal(sealed) == "text"
    assert list(path.parent.iterdir()) == [path]


def test_many_that_begin_at_once_agree(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    jobs = [gevent.spawn(installation_key, settings) for _ in range(20)]
    gevent.joinall(jobs, raise_error=True)
    assert len({job.value.derive("x") for job in jobs}) == 1


def test_the_settings_come_first(tmp_path: Path) -> None:
    text = base64.b64encode(KEY).decode()
    given_ = installation_key(Settings(state_dir=tmp_path, installation_key=SecretStr(text)))
    file = tmp_path / "own.key"
    file.write_text(text + "\n")
    read = installation_key(Settings(state_dir=tmp_path, installation_key_file=file))
    assert given_.derive("x") == read.derive("x") == InstallationKey(KEY).derive("x")
    assert not (tmp_path / "installation.key").exists()


@pytest.mark.parametrize("text", ["short", base64.b64encode(b"x" * 31).decode(), "ü" * 44])
def test_a_wrong_one_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="base64 of 32 bytes"):
        installation_key(Settings(installation_key=SecretStr(text)))
    file = tmp_path / "own.key"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"own\.key"):
        installation_key(Settings(installation_key_file=file))


def test_a_named_file_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        installation_key(Settings(installation_key_file=tmp_path / "absent.key"))


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(SettingsError, match="32 bytes"):
        InstallationKey(b"short")
