"""Prompts: spoken once, kept by what they say, never half written, and an answer also when speaking fails."""

import io
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import gevent
import pytest
from gevent.event import Event

import engine.tts
from engine.config import Settings, load_settings
from engine.core.errors import ProviderError
from engine.core.prompts import Silence, SoundFile, Speech, Tone
from engine.flow.loader import load
from engine.shell.metrics import Metrics
from engine.shell.prompts import Prompts, Rendered
from engine.tts.provider import Outside

HELLO = Speech("Hello", "en", name="greeting")


class Puppet:
    """A provider that speaks when it is told to."""

    name = "puppet"
    asked: list[Speech] = []
    go = Event()
    fails = ""
    at_once = 0
    most_at_once = 0

    def __init__(self, rate: int) -> None:
        self.rate = rate

    def key(self, speech: Speech) -> tuple[str, ...]:
        return (self.name, speech.voice, speech.language, str(self.rate), speech.text)

    def render(self, speech: Speech, outside: Outside) -> bytes:
        Puppet.asked.append(speech)
        Puppet.at_once += 1
        Puppet.most_at_once = max(Puppet.most_at_once, Puppet.at_once)
        try:
            Puppet.go.wait()
        finally:
            Puppet.at_once -= 1
        if Puppet.fails:
            raise ProviderError(Puppet.fails)
        if speech.text == "not a wav":
            return b"words"
        target = io.BytesIO()
        with wave.open(target, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(8000)
            writer.writeframes(bytes(16000 * len(speech.text)))
        return target.getvalue()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings whose provider is the puppet, found as any other is: by its module in engine.tts."""
    Puppet.asked, Puppet.fails, Puppet.at_once, Puppet.most_at_once = [], "", 0, 0
    Puppet.go = Event()
    Puppet.go.set()
    folder = tmp_path / "providers"
    folder.mkdir()
    (folder / "puppet_of_test.py").write_text("")
    module = ModuleType("engine.tts.puppet_of_test")
    module.PROVIDER = Puppet  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    engine.tts.__path__.append(str(folder))
    yield load_settings(
        environment={"SWITCHBOARD_TTS__PROVIDER": "puppet", "SWITCHBOARD_TTS__TIMEOUT": "20"}, directory=tmp_path
    )
    engine.tts.__path__.remove(str(folder))
    del sys.modules[module.__name__]


def test_words_are_spoken_once_and_found_again(settings: Settings) -> None:
    prompts = Prompts(settings)
    assert prompts.ready((HELLO,)) is None
    prompt = prompts.render((HELLO, Silence(200), Tone("%(1,1,1)"), SoundFile("/a.wav")))
    sound = prompt[0]
    assert isinstance(sound, SoundFile)
    assert (sound.name, prompt[1:]) == ("greeting", (Silence(200), Tone("%(1,1,1)"), SoundFile("/a.wav")))
    assert prompts.seconds(sound) == 5.0
    assert prompts.ready((HELLO,)) == (sound,)
    assert Prompts(settings).render((HELLO,)) == (sound,), "kept on disk for the next engine"
    assert len(Puppet.asked) == 1


def test_ready_prompts_need_neither_disk_nor_provider(settings: Settings) -> None:
    prompts = Prompts(settings)
    (sound,) = prompts.render((HELLO,))
    assert isinstance(sound, SoundFile)
    Path(sound.path).unlink()
    assert prompts.ready((HELLO,)) == (sound,)
    prompts.forget(sound.path)
    assert prompts.ready((HELLO,)) is None
    prompts.render((HELLO,))
    assert Path(sound.path).exists()


def test_callers_who_want_the_same_words_wait_for_one_rendering(settings: Settings) -> None:
    Puppet.go.clear()
    prompts = Prompts(settings)
    callers = [gevent.spawn(prompts.render, (HELLO,)) for _ in range(10)]
    gevent.sleep(0)
    callers[0].kill()  # the first one hangs up
    Puppet.go.set()
    assert len({caller.get() for caller in callers[1:]}) == 1
    assert len(Puppet.asked) == 1


def test_no_more_is_spoken_at_once_than_allowed(settings: Settings) -> None:
    Puppet.go.clear()
    prompts = Prompts(settings)
    callers = [gevent.spawn(prompts.render, (Speech(f"{n}", "en"),)) for n in range(9)]
    while len(Puppet.asked) < 2:
        gevent.sleep(0)
    Puppet.go.set()
    gevent.joinall(callers, raise_error=True)
    assert Puppet.most_at_once == settings.tts.concurrency == 2
    assert len(Puppet.asked) == 9


def test_a_failure_says_which_words_and_is_not_repeated_at_once(settings: Settings) -> None:
    Puppet.fails = "the voice is hoarse"
    metrics = Metrics()
    prompts = Prompts(settings, metrics)
    for _ in range(3):
        with pytest.raises(ProviderError, match=r'^"greeting" \(en\) cannot be spoken: the voice is hoarse$'):
            prompts.render((HELLO,))
    assert len(Puppet.asked) == 1
    counted = metrics.registry.get_sample_value
    assert counted("switchboard_prompt_renders_total", {"provider": "puppet", "result": "failed"}) == 1
    assert not list(settings.prompt_cache.glob("*"))


def test_what_is_no_wav_is_a_failure_and_is_not_kept(settings: Settings) -> None:
    with pytest.raises(ProviderError, match="not a WAV"):
        Prompts(settings).render((Speech("not a wav", "en"),))
    assert not [file for file in settings.prompt_cache.iterdir() if file.read_bytes() != b"words"]
    Puppet.asked.clear()
    with pytest.raises(ProviderError):
        Prompts(settings).render((Speech("not a wav", "en"),))
    assert Puppet.asked, "a broken file in the cache is spoken anew"


def test_the_fallback_is_heard_when_words_cannot_be_spoken(settings: Settings, tmp_path: Path) -> None:
    sorry = tmp_path / "sorry.wav"
    sorry.write_bytes(b"RIFF")
    with_fallback = settings.model_copy(update={"tts": settings.tts.model_copy(update={"fallback": sorry})})
    Puppet.fails = "no"
    assert Prompts(with_fallback).render((HELLO, Silence(5))) == (SoundFile(str(sorry), "fallback"), Silence(5))
    sorry.unlink()
    with pytest.raises(ProviderError):
        Prompts(with_fallback).render((Speech("Other", "en"),))


def test_a_provider_that_never_ends_is_given_up(settings: Settings) -> None:
    hasty = settings.model_copy(update={"tts": settings.tts.model_copy(update={"timeout": 0.05})})
    Puppet.go.clear()
    with pytest.raises(ProviderError, match=r"not finished after 0\.05 s"):
        Prompts(hasty).render((HELLO,))


def test_the_voice_of_the_flow_goes_before_the_configured_one(settings: Settings) -> None:
    voiced = settings.model_copy(update={"tts": settings.tts.model_copy(update={"voices": {"en": "bass"}})})
    prompts = Prompts(voiced)
    prompts.render((Speech("a", "en-GB"), Speech("b", "en", "alto"), Speech("c", "fr")))
    assert [speech.voice for speech in Puppet.asked] == ["bass", "alto", ""]
    assert prompts.path(Speech("a", "en")) != Prompts(settings).path(Speech("a", "en"))


SOURCES = {
    "ivr_flows/project.yaml": "name: test\nlanguages: [en, fr]\ncountry: GB\n",
    "ivr_flows/prompts/en.yaml": 'welcome: {text: Welcome}\nnamed: {text: "Hello ${call.caller}"}\n',
    "ivr_flows/prompts/fr.yaml": 'welcome: {text: Bienvenue}\nnamed: {text: "Bonjour ${call.caller}"}\n',
    "ivr_flows/hello.flow.yaml": (
        "flow: hello\nlanguages: [en]\nstart: greet\nblocks:\n  greet:\n    - answer:\n    - play: {id: welcome}\n"
        "    - play: {id: named}\n    - play: Goodbye now\n    - hangup:\n"
    ),
}


def test_all_constant_words_of_a_bundle_are_spoken_ahead(settings: Settings) -> None:
    loaded = load(SOURCES)
    assert loaded.bundle is not None, [str(finding) for finding in loaded.findings]
    prompts = Prompts(settings)
    steps: list[Rendered] = []
    state = prompts.prerender(loaded.bundle, steps.append)
    said = {(speech.text, speech.language) for speech in Puppet.asked}
    assert {("Welcome", "en"), ("Bienvenue", "fr"), ("Goodbye now", "en")} <= said
    assert not any("$" in text or "Hello " in text for text, _ in said)
    assert (state.done, state.failed) == (state.total, ())
    assert [step.done for step in steps] == list(range(state.total + 1))
    assert Puppet.most_at_once == 1


def test_speaking_ahead_goes_on_after_a_failure(settings: Settings) -> None:
    state = Prompts(settings).render_all([Speech("not a wav", "en"), HELLO])
    assert state.done == 2
    assert len(state.failed) == 1
