"""Performing tests of flows, many at once: by child processes that share what was loaded, one for each core.

A child performs its share of the cases and writes what came of them to a pipe. One that dies fails the cases it had not
yet performed, and no others.
"""

import gc
import os
import pickle
import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from engine.call.rehearsal.rehearsal import Rehearsal
from engine.call.rehearsal.verdict import Failure, Verdict
from engine.flow.rehearsal.script import Case

CASES_A_CHILD = 200
"""Fewer cases are not worth another process: to begin one takes as long as to perform so many."""
TOGETHER = 100
"""Verdicts that are written at once."""
_HEAD = 4

Tell = Callable[[int], None]


@dataclass(slots=True)
class Performed:
    """All verdicts in the order of the cases; `seconds` each took, `wall` what all took together."""

    verdicts: list[Verdict] = field(default_factory=list)
    seconds: dict[int, float] = field(default_factory=dict)
    wall: float = 0.0


def perform_all(rehearsal: Rehearsal, jobs: int, tell: Tell = lambda _: None) -> Performed:
    """Perform every case in up to so many processes, 0 for one a core; `tell` is given how many more are done."""
    cases = rehearsal.cases
    wanted = jobs or min(os.cpu_count() or 1, 1 + len(cases) // CASES_A_CHILD)
    jobs = max(1, min(wanted, len(cases)))
    began = perf_counter()
    found: dict[int, tuple[Verdict, float]] = {}
    gc.collect()
    gc.freeze()  # what was loaded is not looked at again and again, and is not copied into children by being looked at
    try:
        if jobs == 1:
            for number, case in enumerate(cases):
                found[number] = _timed(rehearsal, case)
                tell(1)
        else:
            _share_out(rehearsal, jobs, found, tell)
    finally:
        gc.unfreeze()
    verdicts = [found[number][0] if number in found else _lost(case) for number, case in enumerate(cases)]
    return Performed(verdicts, {number: took for number, (_, took) in found.items()}, perf_counter() - began)


def _timed(rehearsal: Rehearsal, case: Case) -> tuple[Verdict, float]:
    began = perf_counter()
    verdict = rehearsal.perform(case)
    return verdict, perf_counter() - began


def _lost(case: Case) -> Verdict:
    failure = Failure(case.place, "case", "a call", "the process that performed it ended too early")
    return Verdict(case.name, case.flow, case.place, (failure,))


def _share_out(rehearsal: Rehearsal, jobs: int, found: dict[int, tuple[Verdict, float]], tell: Tell) -> None:
    children: dict[int, int] = {}
    for share in range(jobs):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                for other in children:
                    os.close(other)
                os.close(reading)
                _play_share(rehearsal, range(share, len(rehearsal.cases), jobs), writing)
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        children[reading] = pid
    buffers = {reading: bytearray() for reading in children}
    while buffers:
        for reading in select.select(list(buffers), [], [])[0]:
            part = os.read(reading, 1 << 16)
            buffers[reading] += part
            for done in _taken(buffers[reading]):
                if isinstance(done, set):
                    rehearsal.covered |= done
                else:
                    found.update(done)
                    tell(len(done))
            if not part:
                del buffers[reading]
                os.close(reading)
                os.waitpid(children[reading], 0)


def _taken(buffer: bytearray) -> list[set[int] | dict[int, tuple[Verdict, float]]]:
    """The whole messages at the beginning of a buffer, taken off it."""
    found = []
    while len(buffer) >= _HEAD:
        length = int.from_bytes(buffer[:_HEAD], "big")
        if len(buffer) < _HEAD + length:
            break
        found.append(pickle.loads(bytes(buffer[_HEAD : _HEAD + length])))  # noqa: S301 - written by a child of ours
        del buffer[: _HEAD + length]
    return found


def _play_share(rehearsal: Rehearsal, numbers: Sequence[int], pipe: int) -> None:
    """In a child: perform these cases and write what came of them."""
    done: dict[int, tuple[Verdict, float]] = {}
    for number in numbers:
        done[number] = _timed(rehearsal, rehearsal.cases[number])
        if len(done) >= TOGETHER:
            _write(pipe, done)
            done = {}
    _write(pipe, done)
    _write(pipe, rehearsal.covered)


def _write(pipe: int, message: object) -> None:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    left = memoryview(len(body).to_bytes(_HEAD, "big") + body)
    while left:
        left = left[os.write(pipe, left) :]
