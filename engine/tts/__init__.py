"""Text to speech: one file per provider. A new provider is a new file here; it is found by itself.

A module holds one provider when it has an attribute `PROVIDER`, a class that fits `engine.tts.provider.Provider`.
"""

import difflib
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from engine.core.errors import SettingsError

if TYPE_CHECKING:  # so that a program in this package starts without what it does not use
    from engine.tts.provider import Provider


def provider_names() -> tuple[str, ...]:
    """The names a configuration may choose from."""
    return tuple(sorted(_providers()))


def make_provider(name: str, rate: int) -> "Provider":
    """The provider of that name, speaking `rate` words a minute. Raises SettingsError for an unknown name."""
    providers = _providers()
    if name not in providers:
        close = difflib.get_close_matches(name, providers, 1)
        hint = f', did you mean "{close[0]}"?' if close else f" (known: {', '.join(sorted(providers))})"
        raise SettingsError(f"tts.provider: no provider named {name}{hint}")
    return providers[name](rate)


def _providers() -> "dict[str, type[Provider]]":
    found: dict[str, type[Provider]] = {}
    for module in iter_modules(__path__):
        provider = getattr(import_module(f"{__name__}.{module.name}"), "PROVIDER", None)
        if provider is not None:
            found[provider.name] = provider
    return found
