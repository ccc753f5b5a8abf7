"""Child programs: run one to its end with a deadline and bounded output, without holding up anybody else."""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import gevent
from gevent import subprocess

from engine.core.errors import ProviderError

STDERR_SHOWN = 400
"""Characters of a failed program's last words that an error repeats."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left: its exit code (negative: the signal that ended it) and its output."""

    code: int
    stdout: bytes
    stderr: bytes


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    stdin: bytes = b"",
    max_output: int = 64 * 1024 * 1024,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Finished:
    """Run a program to its end; only the calling greenlet waits.

    The program and whatever it started are killed when `timeout` seconds are over, when it writes more than
    `max_output` bytes, and when the waiting greenlet is killed. Raises ProviderError for the first two and for a
    program that cannot be started; a non-zero exit code is a value.
    """
    name = Path(argv[0]).name
    try:
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment) if environment is not None else None,
            cwd=directory,
            start_new_session=True,
        )
    except OSError as error:
        raise ProviderError(f"{name}: cannot be started: {error.strerror}") from None
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    late = gevent.Timeout(timeout, ProviderError(f"{name}: not finished after {timeout:g} s"))
    pipes: list[gevent.Greenlet[..., bytes]] = [
        gevent.spawn(_drain, child.stdout, max_output),
        gevent.spawn(_drain, child.stderr, max_output),
        gevent.spawn(_feed, child.stdin, stdin),
    ]
    try:
        with late:
            for pipe in gevent.iwait(pipes):
                if len(pipe.get()) > max_output:
                    raise ProviderError(f"{name}: wrote more than {max_output} bytes")
            code = child.wait()
    finally:
        _end_group(child)
        gevent.killall(pipes)
        for stream in (child.stdin, child.stdout, child.stderr):
            stream.close()
    return Finished(code, pipes[0].get(), pipes[1].get())


def output_of(argv: Sequence[str], *, timeout: float, stdin: bytes = b"") -> bytes:
    """The standard output of a program that must succeed. Raises ProviderError with its last words otherwise."""
    finished = run(argv, timeout=timeout, stdin=stdin)
    if finished.code:
        words = finished.stderr.decode("utf-8", "replace").strip()[-STDERR_SHOWN:]
        ended = f"exit code {finished.code}" if finished.code > 0 else f"killed by signal {-finished.code}"
        raise ProviderError(f"{Path(argv[0]).name}: {ended}" + (f": {words}" if words else ""))
    return finished.stdout


def _drain(stream: IO[bytes], limit: int) -> bytes:
    """Everything a stream gives, but stop soon after `limit` bytes."""
    parts, size = [], 0
    while size <= limit and (part := stream.read(65536)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _feed(stream: IO[bytes], content: bytes) -> bytes:
    """Write the program's input; one that does not want to read it all is not at fault."""
    with suppress(BrokenPipeError):
        stream.write(content)
        stream.flush()
    with suppress(BrokenPipeError):
        stream.close()
    return b""


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """Kill the program, if it still runs, with everything it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
