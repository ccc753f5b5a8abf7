"""What every provider promises, asked of each."""

import pytest

from engine.core.prompts import Speech
from engine.tts import make_provider, provider_names


@pytest.mark.parametrize("name", provider_names())
def test_the_key_tells_apart_what_sounds_apart(name: str) -> None:
    provider = make_provider(name, 150)
    spoken = [
        Speech("Hello", "en"),
        Speech("Hello", "fr"),
        Speech("Hello", "en", voice="en-gb-scotland"),
        Speech("Hello there", "en"),
    ]
    keys = {provider.key(speech) for speech in spoken} | {make_provider(name, 180).key(spoken[0])}
    assert len(keys) == 5
    assert provider.key(Speech("Hello", "en", name="greeting")) == provider.key(spoken[0])
