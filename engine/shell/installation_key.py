"""The key of one installation: what must be unreadable to who only has the Redis is sealed with it.

Every process of an installation needs the same one: it comes from the settings, from a file, or is made at first use
and kept in the state folder, readable by its owner alone.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.config import Settings
from engine.core.errors import SettingsError

BYTES = 32
NONCE = 12
"""Bytes of an AES-GCM nonce (NIST SP 800-38D, 8.2)."""
FILE = "installation.key"


class InstallationKey:
    """Seals texts (AES-256-GCM) and gives keys for single purposes, each independent of the others."""

    def __init__(self, key: bytes) -> None:
        if len(key) != BYTES:
            raise SettingsError(f"the installation's key must be {BYTES} bytes, this one has {len(key)}")
        self._key = key
        self._cipher = AESGCM(self.derive("seal"))

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same in every process of the installation."""
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)

    def seal(self, text: str) -> str:
        """The text, unreadable and not to be changed unnoticed by who does not have the key."""
        nonce = os.urandom(NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def unseal(self, sealed: str) -> str:
        """The text that was sealed. Raises ValueError when it was changed, or sealed with another key."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:NONCE], raw[NONCE:], None).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise ValueError("not sealed with the key of this installation") from None


def installation_key(settings: Settings) -> InstallationKey:
    """The key the settings give or point to; a fresh one is kept where none is. Raises SettingsError."""
    text = settings.installation_key.get_secret_value()
    if text:
        return InstallationKey(_decoded(text, "installation_key"))
    path = settings.installation_key_file or settings.state_dir / FILE
    try:
        if settings.installation_key_file is None and not path.exists():
            _make(path)
        return InstallationKey(_decoded(path.read_text("ascii").strip(), str(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the installation's key cannot be read: {path}: {error}") from None


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != BYTES:
        raise SettingsError(f"{where}: write the base64 of {BYTES} bytes, as `openssl rand -base64 32` does")
    return key


def _make(path: Path) -> None:
    """Write a fresh key under its name in one step: of two processes that begin at once, one makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the installation's
            os.link(draft, path)
    finally:
        draft.unlink()
