"""The outbox: files of this process and of dead ones, drained in order, worked on outside the hub."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.monkey import get_original

from engine.shell import outbox as module
from engine.shell.outbox import Outbox, pack, unpack
from engine.shell.outbox_file import OutboxError, OutboxFile

PLENTY = 1 << 30


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path / "outbox", PLENTY)
    yield outbox
    outbox.close()


def drained(outbox: Outbox) -> list[bytes]:
    found: list[bytes] = []
    while (batch := outbox.next()) is not None:
        found += [row.turn for row in batch.rows]
        outbox.done(batch)
    return found


def died_with(folder: Path, *turns: bytes) -> None:
    """A process that kept these and was killed."""
    program = (
        "from gevent import monkey; monkey.patch_all()\n"
        "import os, pathlib\nfrom engine.shell.outbox import Outbox\n"
        f"Outbox(pathlib.Path({str(folder)!r}), 1 << 30).keep({list(turns)!r})\nos.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9


def files(outbox: Outbox) -> list[str]:
    return sorted(path.name for path in outbox.folder.glob("*"))


@pytest.mark.parametrize("values", [["a"], ["call", 7, b"\x00\xff\r\n", "é", 0], [b"x" * 1_000_000]], ids=len)
def test_a_packed_turn_comes_back(values: list[str | bytes | int]) -> None:
    assert unpack(pack(values)) == [one if isinstance(one, bytes) else str(one).encode() for one in values]


def test_nothing_is_made_before_it_is_needed(outbox: Outbox) -> None:
    assert (outbox.rows, outbox.size, outbox.oldest_age) == (0, 0, 0.0)
    assert outbox.next() is None
    assert outbox.adopt() == 0
    assert not outbox.folder.exists()


def test_turns_come_back_in_order_and_the_file_goes(outbox: Outbox) -> None:
    turns = [b"%d" % number for number in range(1000)]
    for first in range(0, 1000, 10):
        outbox.keep(turns[first : first + 10])
    assert (outbox.rows, outbox.size) == (1000, 2890)
    assert {name.partition("-")[0] for name in files(outbox)} == {"00000001"}
    assert drained(outbox) == turns
    assert (outbox.rows, files(outbox)) == (0, [])
    outbox.keep([b"again"])
    assert drained(outbox) == [b"again"]


def test_a_batch_is_given_until_it_is_done(outbox: Outbox) -> None:
    outbox.keep([b"one", b"two"], doubtful=1)
    first = outbox.next()
    assert first is not None
    assert [(row.turn, row.doubtful) for row in first.rows] == [(b"one", True), (b"two", False)]
    assert outbox.next() == first
    outbox.keep([b"three"])
    outbox.done(first)
    assert drained(outbox) == [b"three"]


def test_what_dead_processes_left_comes_first_and_in_their_order(outbox: Outbox) -> None:
    died_with(outbox.folder, b"a1", b"a2")
    died_with(outbox.folder, b"b1")
    outbox.keep([b"mine"])
    assert outbox.adopt() == 2
    assert outbox.rows == 4
    assert outbox.adopt() == 0
    outbox.keep([b"mine too"])
    assert drained(outbox) == [b"a1", b"a2", b"b1", b"mine", b"mine too"]
    assert files(outbox) == []


def test_what_a_live_process_has_is_left_alone(outbox: Outbox) -> None:
    other = Outbox(outbox.folder, PLENTY)
    other.keep([b"theirs"])
    outbox.keep([b"mine"])
    assert outbox.adopt() == 0
    assert drained(outbox) == [b"mine"]
    other.close()
    assert outbox.adopt() == 1, "once it let go, it is anybody's"
    assert drained(outbox) == [b"theirs"]


def test_what_is_not_drained_at_the_end_is_left_for_the_next(outbox: Outbox) -> None:
    first = Outbox(outbox.folder, PLENTY)
    first.keep([b"one", b"two"])
    batch = first.next()
    first.close()
    assert batch is not None
    assert outbox.adopt() == 1
    assert drained(outbox) == [b"one", b"two"]


def test_a_file_that_is_none_is_set_aside_and_the_others_are_drained(outbox: Outbox) -> None:
    died_with(outbox.folder, b"good")
    (outbox.folder / "00000000-bad.sqlite").write_bytes(os.urandom(9000))
    assert outbox.adopt() == 1
    assert drained(outbox) == [b"good"]
    assert files(outbox) == ["00000000-bad.sqlite.damaged"]
    assert outbox.set_aside == 1
    assert outbox.adopt() == 0
    outbox.keep([b"mine"])
    assert drained(outbox) == [b"mine"]


def test_damaged_turns_are_counted_and_their_file_is_kept(outbox: Outbox) -> None:
    outbox.folder.mkdir()
    path = outbox.folder / "00000001-torn.sqlite"
    file = OutboxFile(path, PLENTY)
    file.append([b"turn-%03d" % number * 10 for number in range(100)], 1.0)
    file.close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"turn-050turn-050", b"turn-050turn-051"))
    outbox.adopt()
    assert len(drained(outbox)) == 99
    assert (outbox.set_aside, files(outbox)) == (1, ["00000001-torn.sqlite.damaged"])


def test_a_disk_that_does_not_give_is_asked_again_and_then_given_up(outbox: Outbox) -> None:
    outbox.keep([b"lost"])
    assert outbox._own is not None
    outbox._own.file.close()  # every look fails from now on, as on a disk that fails
    for _ in range(module.PATIENCE - 1):
        with pytest.raises(OutboxError):
            outbox.next()
    assert outbox.next() is None
    assert outbox.set_aside == 1
    outbox.keep([b"goes on"])
    assert drained(outbox) == [b"goes on"]


def test_a_folder_that_cannot_be_made_is_told_each_time(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder belongs")
    outbox = Outbox(tmp_path / "outbox", PLENTY)
    for _ in range(2):
        with pytest.raises(OutboxError):
            outbox.keep([b"x"])
    (tmp_path / "outbox").unlink()
    outbox.keep([b"x"])
    assert drained(outbox) == [b"x"]
    outbox.close()


def test_all_files_together_are_bounded(tmp_path: Path) -> None:
    died_with(tmp_path, *[b"x" * 1000] * 50)
    outbox = Outbox(tmp_path, 400_000)
    outbox.adopt()
    kept: list[int] = []

    def fill() -> None:
        for number in range(1000):
            outbox.keep([b"y" * 1000])
            kept.append(number)

    with pytest.raises(OutboxError, match="full"):
        fill()
    assert 50 < len(kept) < 350
    assert outbox.rows == 50 + len(kept)
    outbox.close()


def test_its_age_does_not_believe_a_clock_that_was_set_back(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox.keep([b"x"])
    real = time.time
    monkeypatch.setattr("engine.shell.outbox.time.time", lambda: real() + 100)
    assert 99 < outbox.oldest_age < 110
    monkeypatch.setattr("engine.shell.outbox.time.time", lambda: real() - 100)
    assert outbox.oldest_age == 0.0


def test_the_hub_goes_on_while_the_disk_works(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = get_original("threading", "Event")(), get_original("threading", "Event")()
    append = OutboxFile.append

    def slow(file: OutboxFile, turns: list[bytes], made: float, doubtful: int = 0) -> None:
        begun.set()
        assert go_on.wait(10), threading.current_thread()
        append(file, turns, made, doubtful)

    monkeypatch.setattr(OutboxFile, "append", slow)
    keeping = gevent.spawn(outbox.keep, [b"x"])
    while not begun.is_set():
        gevent.sleep(0.001)
    assert not keeping.ready()
    go_on.set()
    keeping.get(timeout=10)
    assert drained(outbox) == [b"x"]
