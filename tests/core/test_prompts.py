"""A prompt in one line for people."""

from engine.core.prompts import Music, Silence, SoundFile, Speech, Tone, describe


def test_a_prompt_is_described_by_names_then_words() -> None:
    prompt = (
        SoundFile("/sounds/welcome.wav"),
        SoundFile("/cache/3f.wav", name="main_menu"),
        Speech("For sales press one", "en"),
        Speech("…", "en", name="sales"),
        Tone("%(200,0,440)"),
        Silence(500),
        Music(),
    )
    assert describe(prompt) == (
        "welcome.wav + main_menu + For sales press one + sales + (tone) + (silence 500 ms) + (music default)"
    )


def test_an_empty_prompt_is_nothing() -> None:
    assert describe(()) == ""
