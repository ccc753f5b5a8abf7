"""Several people of one test who act at the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import gevent

Result = TypeVar("Result")


def at_once(jobs: Mapping[str, Callable[[], Result]]) -> dict[str, Result]:
    """Run all jobs side by side; their results by name. What failed is told with its name, after all have ended."""
    running = {name: gevent.spawn(job) for name, job in jobs.items()}
    gevent.joinall(list(running.values()))
    failed = {name: job.exception for name, job in running.items() if not job.successful()}
    assert not failed, "\n".join(f"{name}: {type(error).__name__}: {error}" for name, error in failed.items())
    return {name: job.value for name, job in running.items()}
