"""The files of a project: read, watched, and read again. The last version without errors stays until a better one."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import gevent

from engine.call.rehearsal.gate import gated
from engine.config import Settings
from engine.core.errors import ControlError
from engine.flow.bundle import Bundle
from engine.flow.loader import Loaded, is_source, load
from engine.flow.rehearsal.reader import is_test
from engine.shell.telemetry import logger

FOLDERS = ("ivr_flows", "dialplans")
SOUNDS = "ivr_flows/sounds/"
SOUND_TYPES = (".wav", ".mp3", ".ogg", ".flac")
MAX_SOURCE = 4 * 1024 * 1024
"""Bytes of one source file; the reader refuses what is larger, so no more than that is read."""
SOUNDS_KEY = "#sounds"
"""Beside the sources of a kept version: the names of its recorded prompts, one a line."""
TENANT_KEY = "#tenant"
"""Beside the sources of a kept version: whose it is, so that a successor's settings do not change it."""

Fingerprint = frozenset[tuple[str, int, int]]


def read_project(folder: Path) -> tuple[dict[str, bytes], frozenset[str]]:
    """The source files of a project by their path from its root, and the names of its recorded prompts."""
    sources: dict[str, bytes] = {}
    sounds = set()
    for path, _ in _files(folder):
        name = path.relative_to(folder).as_posix()
        if is_source(name):
            try:
                with path.open("rb") as file:
                    sources[name] = file.read(MAX_SOURCE + 1)
            except OSError:
                continue  # removed between the listing and the reading: the next look finds it gone
        elif _is_sound(name):
            sounds.add(name.removeprefix(SOUNDS))
    return sources, frozenset(sounds)


def read_tests(folder: Path) -> dict[str, bytes]:
    """The test files of a project by their path from its root."""
    sources: dict[str, bytes] = {}
    for path, _ in _files(folder):
        name = path.relative_to(folder).as_posix()
        if is_test(name):
            try:
                with path.open("rb") as file:
                    sources[name] = file.read(MAX_SOURCE + 1)
            except OSError:
                continue
    return sources


def load_project(folder: Path, tenant: str = "default") -> Loaded:
    """Read and load the project in a folder; `tenant` is whose it is when it does not say."""
    sources, sounds = read_project(folder)
    return load(sources, sounds, str((folder / SOUNDS).resolve()), tenant)


class ProjectFiles:
    """The project of one engine."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.project_dir
        self._tenant = settings.tenant
        self._bundle: Bundle | None = None
        self._loaded: Fingerprint = frozenset()
        self._seen: Fingerprint = frozenset()
        self._log = logger(part="flows")

    @property
    def bundle(self) -> Bundle:
        """The newest version without errors. Raises ControlError before there is one."""
        if self._bundle is None:
            raise ControlError("the project has not been loaded")
        return self._bundle

    def load(self) -> Loaded:
        """Read the project; what has errors changes nothing but the log. Only the calling greenlet waits."""
        fingerprint, loaded = gevent.get_hub().threadpool.apply(self._read)
        self._loaded = self._seen = fingerprint
        for finding in loaded.findings:
            if finding.severity != "info":
                getattr(self._log, finding.severity)(str(finding))
        if loaded.bundle is not None:
            self._bundle = loaded.bundle
        elif self._bundle is not None:
            errors = sum(finding.severity == "error" for finding in loaded.findings)
            self._log.error("the flows have errors, the version before stays", errors=errors, bundle=self._bundle.id)
        return loaded

    def changed(self) -> bool:
        """Whether files differ from those last read, and have been at rest since the look before."""
        now = gevent.get_hub().threadpool.apply(_fingerprint, (self.folder,))
        at_rest, self._seen = now == self._seen, now
        return at_rest and now != self._loaded

    def kept_sources(self, bundle: Bundle) -> dict[str, str]:
        """Texts from which `rebuild` makes this version again, in this process or in another one."""
        return {
            **bundle.sources, SOUNDS_KEY: "\n".join(sorted(bundle.sounds)), TENANT_KEY: bundle.project.tenant
        }  # fmt: skip

    def rebuild(self, sources: Mapping[str, str]) -> Bundle | None:
        """The version that was kept; None when this engine cannot load it any more."""
        texts = dict(sources)
        sounds = frozenset(texts.pop(SOUNDS_KEY, "").split("\n")) - {""}
        tenant = texts.pop(TENANT_KEY, self._tenant)
        return load(texts, sounds, self._sounds_root(), tenant).bundle

    def _read(self) -> tuple[Fingerprint, Loaded]:
        fingerprint = _fingerprint(self.folder)
        return fingerprint, gated(load_project(self.folder, self._tenant), read_tests(self.folder))

    def _sounds_root(self) -> str:
        return str((self.folder / SOUNDS).resolve())


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Every file under the project's folders, with links followed but no folder entered twice."""
    waiting = [folder / name for name in FOLDERS]
    entered: set[tuple[int, int]] = set()
    while waiting:
        current = waiting.pop()
        try:
            own = current.stat()
            if (own.st_dev, own.st_ino) in entered:
                continue
            entered.add((own.st_dev, own.st_ino))
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    waiting.append(Path(entry.path))
                elif entry.is_file():
                    yield Path(entry.path), entry.stat()
            except OSError:
                continue


def _fingerprint(folder: Path) -> Fingerprint:
    """What changes when a file does: its name, time and size."""
    return frozenset(
        (name, status.st_mtime_ns, status.st_size)
        for path, status in _files(folder)
        if is_source(name := path.relative_to(folder).as_posix()) or is_test(name) or _is_sound(name)
    )


def _is_sound(name: str) -> bool:
    return name.startswith(SOUNDS) and name.endswith(SOUND_TYPES)
