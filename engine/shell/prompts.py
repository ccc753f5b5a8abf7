"""Prompts made ready to play: words become sound files, spoken once and kept under a name made of what they say.

A call that plays what was spoken before costs a look into a table. Whatever is asked for while it is being spoken is
spoken once; the callers who want it wait together, and the others do not wait at all.
"""

import hashlib
import os
import time
import wave
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gevent
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore

from engine.config import Settings
from engine.core.errors import ProviderError
from engine.core.prompts import Prompt, PromptItem, SoundFile, Speech
from engine.flow.bundle import Bundle
from engine.shell.http import post_bytes
from engine.shell.metrics import Metrics
from engine.shell.programs import output_of
from engine.shell.prompt_stock import constant_speeches
from engine.shell.telemetry import logger
from engine.tts import make_provider

KNOWN_SPEECHES = 50_000
"""Entries of the table of what is ready; the oldest go first, their files stay."""
RETRY_SECONDS = 5.0
"""How long words that could not be spoken are not tried again: every caller would wait for the same failure."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """How far speaking ahead has come."""

    done: int
    total: int
    failed: tuple[str, ...] = ()


class _World:
    """The outside world as providers may use it, with this installation's deadline."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    def output_of(self, argv: Sequence[str], stdin: bytes = b"") -> bytes:
        return output_of(argv, stdin=stdin, timeout=self._timeout)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        return post_bytes(url, headers, body, self._timeout)


class Prompts:
    """The prompts of one engine."""

    def __init__(self, settings: Settings, metrics: Metrics | None = None) -> None:
        self._folder = settings.prompt_cache
        self._settings = settings.tts
        self._provider = make_provider(settings.tts.provider, settings.tts.rate)
        self._world = _World(settings.tts.timeout)
        self._metrics = metrics or Metrics()
        self._turns = BoundedSemaphore(settings.tts.concurrency)
        self._ready: dict[Speech, SoundFile] = {}
        self._seconds: dict[str, float] = {}
        self._rendering: dict[Path, AsyncResult[str]] = {}
        self._failed: dict[Path, tuple[float, str]] = {}
        self._log = logger(part="prompts")

    # For calls

    def ready(self, prompt: Prompt) -> Prompt | None:
        """The prompt with words replaced by their files, when all of them are known to be there; else None."""
        table = self._ready
        items: list[PromptItem] = []
        for item in prompt:
            if isinstance(item, Speech):
                found = table.get(item)
                if found is None:
                    return None
                items.append(found)
            else:
                items.append(item)
        return tuple(items)

    def render(self, prompt: Prompt) -> Prompt:
        """The same, speaking what is missing first; only the calling greenlet waits.

        Words that cannot be spoken become the fallback sound of the configuration, when it names one; else raises
        ProviderError, which says which words and why.
        """
        return tuple(self._sound(item) if isinstance(item, Speech) else item for item in prompt)

    def _sound(self, speech: Speech) -> SoundFile:
        try:
            return self._ready.get(speech) or self._spoken(speech)
        except ProviderError as error:
            fallback = self._settings.fallback
            if fallback is None or not fallback.exists():
                raise
            self._log.warning("the fallback is heard in place of a prompt", error=str(error))
            return SoundFile(str(fallback), "fallback")

    def seconds(self, sound: SoundFile) -> float:
        """How long a WAV lasts; 0 for a file that is not one."""
        known = self._seconds.get(sound.path)
        if known is None:
            known = self._seconds[sound.path] = _wav_seconds(Path(sound.path))
        return known

    def forget(self, path: str) -> None:
        """A cached file has gone: speak it again when it is wanted next."""
        self._seconds.pop(path, None)
        for speech in [speech for speech, sound in self._ready.items() if sound.path == path]:
            del self._ready[speech]

    # For operators and for the time before calls

    def path(self, speech: Speech) -> Path:
        """Where these words are kept: SHA-256 over all that decides how they sound."""
        digest = hashlib.sha256()
        for part in self._provider.key(self._voiced(speech)):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
        return self._folder / f"{digest.hexdigest()}.wav"

    def prerender(self, bundle: Bundle, progress: Callable[[Rendered], None] = lambda _: None) -> Rendered:
        """Speak all constant words of a bundle, one after another so that calls keep their turns."""
        state = self.render_all(constant_speeches(bundle), progress)
        for failure in state.failed:
            self._log.warning("a prompt of the flows cannot be spoken", error=failure)
        self._log.info("prompts are ready", bundle=bundle.id, prompts=state.total, failed=len(state.failed))
        return state

    def render_all(self, speeches: Iterable[Speech], progress: Callable[[Rendered], None] = lambda _: None) -> Rendered:
        """Speak what is not there yet; failures are collected, not raised."""
        wanted = list(speeches)
        state = Rendered(0, len(wanted))
        progress(state)
        for number, speech in enumerate(wanted, 1):
            failed = state.failed
            try:
                if speech not in self._ready:
                    self._spoken(speech)
            except ProviderError as error:
                failed = (*failed, str(error))
            state = Rendered(number, len(wanted), failed)
            progress(state)
            gevent.sleep(0)
        return state

    # Speaking

    def _voiced(self, speech: Speech) -> Speech:
        """The words with the voice they get, from the flow or else from the configuration."""
        if speech.voice:
            return speech
        language = speech.language
        voice = self._settings.voices.get(language) or self._settings.voices.get(language.partition("-")[0], "")
        return Speech(speech.text, language, voice, speech.name)

    def _spoken(self, speech: Speech) -> SoundFile:
        path = self.path(speech)
        if _wav_seconds(path) > 0:
            return self._remember(speech, path)
        said = speech.name or speech.text[:60]
        problem = self._problem(path) or self._wait(speech, path)
        if problem:
            raise ProviderError(f'"{said}" ({speech.language}) cannot be spoken: {problem}')
        return self._remember(speech, path)

    def _problem(self, path: Path) -> str:
        """Why these words could not be spoken a moment ago, if so."""
        until, problem = self._failed.get(path, (0.0, ""))
        if time.monotonic() < until:
            return problem
        self._failed.pop(path, None)
        return ""

    def _wait(self, speech: Speech, path: Path) -> str:
        """Wait for the one rendering of these words; the reason when it failed."""
        result = self._rendering.get(path)
        if result is None:
            result = self._rendering[path] = AsyncResult()
            gevent.spawn(self._render_one, self._voiced(speech), path, result)
        patience = 2 * self._settings.timeout  # a turn, and the rendering itself
        problem = result.wait(patience)
        if problem is not None:
            return problem
        return f"no turn within {patience:g} s, too much is being spoken"

    def _render_one(self, speech: Speech, path: Path, result: "AsyncResult[str]") -> None:
        problem = "it was abandoned"
        try:
            with self._turns:
                problem = self._render_file(speech, path)
        finally:
            del self._rendering[path]
            if problem:
                self._failed[path] = (time.monotonic() + RETRY_SECONDS, problem)
            result.set(problem)

    def _render_file(self, speech: Speech, path: Path) -> str:
        began = time.monotonic()
        late = ProviderError(f"{self._provider.name}: not finished after {self._settings.timeout:g} s")
        try:
            with gevent.Timeout(self._settings.timeout, late):
                content = self._provider.render(speech, self._world)
            _write(path, content)
            if _wav_seconds(path) <= 0:
                raise ProviderError(f"{self._provider.name}: what it gave is not a WAV")
        except (ProviderError, OSError) as error:
            self._metrics.renders.labels(self._provider.name, "failed").inc()
            return str(error)
        self._metrics.renders.labels(self._provider.name, "done").inc()
        self._metrics.render_seconds.labels(self._provider.name).observe(time.monotonic() - began)
        return ""

    def _remember(self, speech: Speech, path: Path) -> SoundFile:
        while len(self._ready) >= KNOWN_SPEECHES:
            self._seconds.pop(self._ready.pop(next(iter(self._ready))).path, None)
        sound = self._ready[speech] = SoundFile(str(path), speech.name or speech.text)
        return sound


def _wav_seconds(path: Path) -> float:
    """The length of a WAV from its header; 0 when there is none, or no whole one."""
    try:
        with wave.open(str(path)) as reader:
            frames, rate = reader.getnframes(), reader.getframerate()
            return float(frames / rate)
    except (OSError, wave.Error, EOFError, ZeroDivisionError):
        return 0.0


def _write(path: Path, content: bytes) -> None:
    """Put a file in place at once, readable by the switch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.chmod(0o644)
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
