"""The file of waiting turns: in order, durable, one process's, bounded, and read as far as it can be when damaged."""

import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.shell.outbox_file import (
    OutboxDamagedError,
    OutboxError,
    OutboxFile,
    OutboxTakenError,
    Waiting,
    set_aside,
)

PLENTY = 1 << 30


def turns(first: int, count: int, size: int = 20) -> list[bytes]:
    return [f"{number}-".encode().ljust(size, b"x") for number in range(first, first + count)]


def read_all(file: OutboxFile, most: int = 100, most_bytes: int = PLENTY) -> list[bytes]:
    found: list[bytes] = []
    place = 0
    while some := file.after(place, most, most_bytes):
        found += [one.turn for one in some]
        place = some[-1].number
    return found


def test_turns_come_back_in_the_order_they_came(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "a.sqlite", PLENTY)
    assert (file.name, file.rows, file.bytes, file.oldest) == ("a", 0, 0, 0.0)
    assert file.after(0, 10, PLENTY) == []
    file.append([b"one", b"two"], 100.0, doubtful=1)
    file.append([b"three"], 90.0)
    assert file.after(0, 10, PLENTY) == [
        Waiting(1, 100.0, True, b"one"), Waiting(2, 100.0, False, b"two"), Waiting(3, 90.0, False, b"three"),
    ]  # fmt: skip
    assert (file.rows, file.bytes, file.oldest) == (3, 11, 100.0)
    file.remove(2)
    assert file.after(0, 10, PLENTY) == [Waiting(3, 90.0, False, b"three")]
    assert (file.rows, file.oldest) == (1, 90.0)
    file.remove(3)
    assert (file.rows, file.bytes, file.oldest) == (0, 0, 0.0)
    file.append([b"four"], 95.0)
    assert [one.number for one in file.after(0, 10, PLENTY)] == [4], "no place is given twice"
    file.close()


def test_a_look_is_bounded_by_number_and_bytes_but_gives_one_at_least(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "a.sqlite", PLENTY)
    file.append(turns(0, 50, 100), 1.0)
    assert len(file.after(0, 7, PLENTY)) == 7
    assert len(file.after(0, 50, 450)) == 5
    assert len(file.after(0, 50, 1)) == 1
    assert read_all(file, most_bytes=300) == turns(0, 50, 100)
    file.close()


def test_what_a_killed_process_appended_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    program = (
        "import os, pathlib, sys\nfrom engine.shell.outbox_file import OutboxFile\n"
        f"file = OutboxFile(pathlib.Path({str(path)!r}), {PLENTY})\n"
        "for number in range(20): file.append([b'%d' % number], float(number))\n"
        "file.remove(5)\nos.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    file = OutboxFile(path, PLENTY)
    assert read_all(file) == [b"%d" % number for number in range(5, 20)]
    assert (file.rows, file.oldest) == (15, 5.0)
    file.close()


def test_one_has_it_open_at_a_time(tmp_path: Path) -> None:
    first = OutboxFile(tmp_path / "a.sqlite", PLENTY)
    first.append([b"mine"], 1.0)
    with pytest.raises(OutboxTakenError):
        OutboxFile(tmp_path / "a.sqlite", PLENTY)
    program = (
        "import pathlib\nfrom engine.shell.outbox_file import OutboxFile, OutboxTakenError\n"
        f"try: OutboxFile(pathlib.Path({str(first.path)!r}), {PLENTY})\n"
        "except OutboxTakenError: raise SystemExit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 7
    first.close()
    second = OutboxFile(tmp_path / "a.sqlite", PLENTY)
    assert read_all(second) == [b"mine"]
    second.close()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "a.sqlite", PLENTY)
    file.append([b"digits"], 1.0)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    file.close()


def test_a_discarded_file_leaves_nothing(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "a.sqlite", PLENTY)
    file.append([b"done"], 1.0)
    file.discard()
    assert list(tmp_path.iterdir()) == []


# Too much


def filled(file: OutboxFile, reason: str) -> int:
    """How many turns went in until it said why no more do."""
    kept: list[int] = []

    def fill() -> None:
        for first in range(0, 100_000, 10):
            file.append(turns(first, 10, 1000), 1.0)
            kept.append(first)

    with pytest.raises(OutboxError, match=reason):
        fill()
    return 10 * len(kept)


def test_it_does_not_grow_over_its_bound_and_takes_more_once_there_is_room(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "a.sqlite", 200_000)
    kept = filled(file, "full")
    assert 100 < kept <= 200
    assert file.path.stat().st_size <= 200_000
    assert (file.rows, read_all(file)) == (kept, turns(0, kept, 1000)), "what did not fit is not there in part"
    file.remove(100)
    file.append(turns(kept, 50, 1000), 2.0)
    assert read_all(file) == turns(100, kept - 50, 1000)
    file.close()


def test_a_full_disk_is_told_and_what_was_appended_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = OutboxFile(path, PLENTY)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        kept = filled(file, "full|disk I/O")
        assert kept
        assert read_all(file) == turns(0, kept, 1000)
        file.close()
        again = OutboxFile(path, PLENTY)
        assert read_all(again) == turns(0, kept, 1000), "a successor reads it while the disk is still full"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again.append(turns(kept, 10, 1000), 1.0)
    assert read_all(again) == turns(0, kept + 10, 1000)
    again.discard()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutboxError):
        OutboxFile(tmp_path / "nowhere" / "a.sqlite", PLENTY)


# Damaged


def written(path: Path, count: int = 500, size: int = 300) -> Path:
    """A closed file of turns."""
    file = OutboxFile(path, PLENTY)
    for first in range(0, count, 50):
        file.append(turns(first, 50, size), 1.0)
    file.close()
    return path


def test_a_file_that_is_none_is_told_and_can_be_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(os.urandom(9000))
    with pytest.raises(OutboxDamagedError):
        OutboxFile(path, PLENTY)
    kept = set_aside(path)
    assert kept == tmp_path / "a.sqlite.damaged"
    assert kept.stat().st_size == 9000
    assert not path.exists()
    OutboxFile(path, PLENTY).discard()


def test_a_turn_that_changed_on_the_disk_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "a.sqlite")
    content = bytearray(path.read_bytes())
    at = content.index(b"123-xxx")
    content[at + 10 : at + 20] = b"!" * 10
    path.write_bytes(content)
    file = OutboxFile(path, PLENTY)
    assert read_all(file) == [one for one in turns(0, 500, 300) if not one.startswith(b"123-")]
    assert file.damaged == 1
    file.discard()
    assert [one.name for one in tmp_path.iterdir()] == ["a.sqlite.damaged"], "kept for people to look at"


@pytest.mark.parametrize("most", [1, 3, 100])
def test_a_torn_page_costs_only_its_own_turns(tmp_path: Path, most: int) -> None:
    path = written(tmp_path / "a.sqlite")
    content = bytearray(path.read_bytes())
    page = content.index(b"123-xxx") // 4096
    content[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    file = OutboxFile(path, PLENTY)
    found = read_all(file, most)
    assert found == [one for one in turns(0, 500, 300) if one in found], "in order, nothing made up"
    assert 480 <= len(found) < 500
    assert file.damaged
    file.close()


@pytest.mark.parametrize("left", [0.3, 0.7, 0.99])
def test_a_file_cut_off_never_raises_anything_else_than_that_it_is_damaged(tmp_path: Path, left: float) -> None:
    path = written(tmp_path / "a.sqlite")
    size = path.stat().st_size
    os.truncate(path, int(size * left))
    try:
        file = OutboxFile(path, PLENTY)
    except OutboxDamagedError:
        return
    found = read_all(file)
    assert found == [one for one in turns(0, 500, 300) if one in found]
    file.close()


def test_a_log_cut_off_costs_only_what_was_last(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    program = (
        "import os, pathlib\nfrom engine.shell.outbox_file import OutboxFile\n"
        f"file = OutboxFile(pathlib.Path({str(path)!r}), {PLENTY})\n"
        "for number in range(100): file.append([b'%d' % number], 1.0)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    log = path.with_name("a.sqlite-wal")
    os.truncate(log, int(log.stat().st_size * 0.6))
    file = OutboxFile(path, PLENTY)
    found = read_all(file)
    assert found == [b"%d" % number for number in range(len(found))]
    assert 0 < len(found) < 100
    file.append([b"next"], 1.0)
    assert read_all(file)[-1] == b"next"
    file.close()


def test_it_is_written_as_durably_as_sqlite_can(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "a.sqlite", PLENTY)
    asked = {name: file._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert asked == {"journal_mode": "wal", "synchronous": 2}
    assert sqlite3.threadsafety
    file.close()
