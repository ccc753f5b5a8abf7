"""Log lines: bound to their call, free of secrets, and never a wait."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import structlog
from gevent.monkey import get_original
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.shell.telemetry import HIDDEN, Writer, call_log, clean_text, hide, logger, redact, start_telemetry

CARD = "4111111111111111"
close = get_original("os", "close")  # gevent closes a pipe only when the hub next wakes


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Starts JSON telemetry into a file; called, it ends it and gives what was written."""
    descriptor = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    writer = start_telemetry("info", "json", descriptor)

    def written() -> list[dict[str, Any]]:
        writer.close()
        return [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]

    yield written
    os.close(descriptor)
    structlog.reset_defaults()


def test_a_line_is_json_with_its_call(lines: Callable[[], list[dict[str, Any]]]) -> None:
    call_log("c-1").info("caller hung up", cause="NORMAL_CLEARING")
    (line,) = lines()
    assert {k: line[k] for k in ("event", "call", "cause", "level")} == {
        "event": "caller hung up",
        "call": "c-1",
        "cause": "NORMAL_CLEARING",
        "level": "info",
    }
    assert line["timestamp"].endswith("Z")


def test_lines_under_the_level_are_not_written(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logger().debug("noise")
    logger().warning("matter")
    assert [line["event"] for line in lines()] == ["matter"]


def test_a_card_is_hidden_on_every_path(lines: Callable[[], list[dict[str, Any]]], tmp_path: Path) -> None:
    hide("hunter-2-hunter")
    log = logger()
    log.info(f"pressed {CARD}")
    log.info("nested", reply={"cards": [CARD, int(CARD)], CARD: "4111-1111-1111-1111"}, path=Path("/x") / CARD)
    log.info("named", password="x1", api_key="x2", pin=1234, digits="12", headers={"Authorization": "x3"})
    log.info("url redis://:hunter-2-hunter@h and Bearer abcdefghijkl")
    try:
        raise ValueError(f"bad {CARD}")
    except ValueError:
        log.error("crash", exc_info=True)
    assert len(lines()) == 5
    text = (tmp_path / "log").read_text()
    for secret in (CARD, "4111-1111-1111-1111", "x1", "x2", "1234", "hunter-2-hunter", "abcdefghijkl"):
        assert secret not in text
    assert '"digits":"12"' not in text
    assert text.count(HIDDEN) >= 12


@pytest.mark.parametrize("kept", ["+442079460000", "1700000000000", "4111111111111112", "20261120101500", "call 12345"])
def test_telephone_numbers_and_times_are_kept(kept: str) -> None:
    assert clean_text(kept) == kept


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from([" ", "-", ""]))
def test_a_card_is_found_in_any_text(before: str, after: str, gap: str) -> None:
    card = gap.join([CARD[:4], CARD[4:8], CARD[8:12], CARD[12:]])
    text = f"{before.rstrip('0123456789+- ')} {card} {after.lstrip('0123456789- ')}"
    assert card not in clean_text(text)


@settings(max_examples=30)
@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
def test_any_line_passes(line: dict[str, Any]) -> None:
    assert set(redact(None, "info", dict(line))) == set(line)


def test_a_reader_that_does_not_read_holds_nobody_up() -> None:
    reading, writing = os.pipe()
    writer = Writer(writing, most=50)
    for _ in range(5000):
        writer.write(b"x" * 1000 + b"\n")
    assert writer.dropped > 0
    draining = gevent.get_hub().threadpool.spawn(read_all, reading)
    with gevent.Timeout(20):
        while writer._lines.qsize() > 10:
            gevent.sleep(0.01)
    writer.write(b"after\n")
    writer.close(20)
    close(writing)
    text = draining.get()
    assert b"lines dropped" in text
    assert text.endswith(b"after\n")
    close(reading)


def read_all(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, 65536):
        parts.append(part)
    return b"".join(parts)


def test_a_reader_that_went_away_harms_nobody() -> None:
    reading, writing = os.pipe()
    close(reading)
    writer = Writer(writing)
    writer.write(b"lost\n")
    writer.close()
    close(writing)
    assert writer.dropped == 0


def test_console_lines_are_for_people(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    writer = start_telemetry("info", "console", descriptor)
    call_log("c-1").info("caller hung up", cause="NORMAL_CLEARING")
    writer.close()
    close(descriptor)
    structlog.reset_defaults()
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert "caller hung up" in line
    assert "call=c-1" in line
    assert "\x1b" not in line
