"""The settings of one installation: `switchboard.toml`, then the environment, validated once and never changed.

Every setting has a default, so that a fresh checkout runs without a file. A relative path in the file is relative to
the file. `SWITCHBOARD_LOG__LEVEL=debug` overrides `level` in `[log]`; lists and tables are given as JSON.
Passwords are `SecretStr` and never show in a repr, a log line or `switchboard config show`.
"""

from engine.config.loading import FILE_NAME, FILE_VARIABLE, PREFIX, SECRET_PREFIX, load_settings
from engine.config.sections import (
    Api,
    Dialling,
    Http,
    Log,
    Outbox,
    Section,
    Settings,
    Sim,
    Switch,
    Tts,
    Webhooks,
)

__all__ = [
    "FILE_NAME",
    "FILE_VARIABLE",
    "PREFIX",
    "SECRET_PREFIX",
    "Api",
    "Dialling",
    "Http",
    "Log",
    "Outbox",
    "Section",
    "Settings",
    "Sim",
    "Switch",
    "Tts",
    "Webhooks",
    "load_settings",
]
