"""What was written lately: in order, bounded by bytes and by age."""

import pytest

from engine.shell.recent_writes import RecentWrites


def test_it_gives_what_was_written_in_its_order() -> None:
    recent = RecentWrites(1000)
    for number in range(3):
        recent.keep([b"write", b"%d" % number])
    assert list(recent.since()) == [[b"write", b"0"], [b"write", b"1"], [b"write", b"2"]]
    assert (len(recent), recent.bytes) == (3, 18)


def test_the_oldest_make_room() -> None:
    recent = RecentWrites(100)
    for number in range(50):
        recent.keep([b"%010d" % number])
    assert [int(sent[0]) for sent in recent.since()] == list(range(40, 50))
    assert recent.bytes == 100


def test_one_that_is_larger_than_the_bound_is_not_kept() -> None:
    recent = RecentWrites(100)
    recent.keep([b"x" * 101])
    assert (len(recent), recent.bytes) == (0, 0)
    recent.keep([b"x"])
    assert len(recent) == 1


def test_what_is_too_old_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("engine.shell.recent_writes.time.monotonic", lambda: now[0])
    recent = RecentWrites(10**9)
    for second in (0.0, 100.0, 899.0, 901.0):
        now[0] = second
        recent.keep([b"%d" % second])
    assert [bytes(sent[0]) for sent in recent.since()] == [b"100", b"899", b"901"]
    assert [bytes(sent[0]) for sent in recent.since(15)] == [b"899", b"901"]
    assert recent.bytes == 9
