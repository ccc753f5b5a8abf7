"""The flows on disk, for a process that runs none: looked at when somebody asks, once a second at most."""

import time
from collections.abc import Callable

import gevent
from gevent.lock import BoundedSemaphore

from engine.api.flow_scope import ProjectSources, check_for
from engine.config import Settings
from engine.flow.bundle import Bundle
from engine.flow.finding import Finding
from engine.shell.project_files import SOUNDS, ProjectFiles, read_project

LOOK = 1.0
"""Seconds between two looks at the files."""
CHECKS = 1
"""Checks at the same time: each takes a processor for as long as it takes."""


class FlowProject:
    """The project of an installation. Only the greenlet that asks waits for the disk."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._files = ProjectFiles(settings)
        self._clock = clock
        self._bundle: Bundle | None = None
        self._looked = float("-inf")
        self._looking = BoundedSemaphore(1)
        self._checking = BoundedSemaphore(CHECKS)

    def bundle(self) -> Bundle | None:
        """The newest version without errors; None before there is one."""
        if self._clock() - self._looked >= LOOK and (self._bundle is None or not self._looking.locked()):
            with self._looking:  # who comes meanwhile is given the version before
                if self._clock() - self._looked >= LOOK:
                    self._look()
        return self._bundle

    def check(self, tenant: str, file: str = "", text: str = "") -> tuple[Finding, ...]:
        """What is wrong with a tenant's part of the files, or with one of them if it held `text`."""
        with self._checking:
            found: tuple[Finding, ...] = gevent.get_hub().threadpool.apply(self._check, (tenant, file, text))
        return found

    def _look(self) -> None:
        if self._looked == float("-inf") or self._files.changed():
            loaded = self._files.load()
            self._bundle = loaded.bundle or self._bundle
        self._looked = self._clock()

    def _check(self, tenant: str, file: str, text: str) -> tuple[Finding, ...]:
        settings = self._settings
        texts, sounds = read_project(settings.project_dir)
        root = str((settings.project_dir / SOUNDS).resolve())
        return check_for(tenant, ProjectSources(texts, sounds, root, settings.tenant), file, text)
