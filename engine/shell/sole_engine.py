"""One engine of a name in a folder: two would take their switches from each other every few seconds.

An engine that starts again takes its switches over at once, as they are under its name (engine/shell/ownership.py). So
a second one that was started by mistake must not be let in. The lock ends with its process, also by kill -9.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent

from engine.core.errors import SettingsError

PATIENCE = 5.0
"""Seconds an engine that is about to end is waited for."""
LOOK_EVERY = 0.1


@contextmanager
def sole_engine(folder: Path, name: str, patience: float = PATIENCE) -> Iterator[None]:
    """Be the engine `name` of a state folder, which is made if need be.

    Raises SettingsError when another process is, or when the folder cannot be used.
    """
    file = folder / f"engine-{name}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(
            f"state_dir: {folder} cannot be used ({error.strerror}); name a folder this user may write in "
            "(SWITCHBOARD_STATE_DIR)"
        ) from None
    try:
        give_up_at = time.monotonic() + patience
        while not (ours := _locked(descriptor)) and time.monotonic() < give_up_at:
            gevent.sleep(LOOK_EVERY)
        if not ours:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise SettingsError(
                f"name: an engine named {name} is running with the state_dir {folder} (process {holder}); stop it "
                "first, or give this one a name of its own (SWITCHBOARD_NAME)"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
