"""`make bench`: speed and memory, in one table.

`FREESWITCH_BIN` names a FreeSWITCH; without it the switch is simulated.

The live part runs stock greenswitch and this engine against the same switch, one after the other, `--rounds` times, and
compares medians. Figures of two cores shared by callers, switch, Redis and controller: only their ratios travel.
"""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402

from rich.console import Console  # noqa: E402
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn  # noqa: E402
from rich.table import Table  # noqa: E402

from engine.flow.loader import load  # noqa: E402
from tests.bench import api, core, decoder, memory, webhooks  # noqa: E402
from tests.bench.load import Load, place_calls  # noqa: E402
from tests.bench.process import cpu_seconds  # noqa: E402
from tests.bench.site import Site, redis_server, site  # noqa: E402

NUMBER = "+442079460099"
PARTS = ("pure", "live", "webhooks", "api")
PROJECT = Path(__file__).parents[1] / "acceptance" / "project"


def main() -> int:
    """Measure and print; exits 0 whatever the figures are: a bench is no test."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rate", type=int, default=80, help="calls a second")
    parser.add_argument("--seconds", type=int, default=60, help="length of the run of the engine at that rate")
    parser.add_argument("--round-seconds", type=int, default=10, help="length of a comparison run")
    parser.add_argument("--rounds", type=int, default=3, help="comparisons with greenswitch")
    parser.add_argument("--only", choices=PARTS, help="one part")
    options = parser.parse_args()
    console = Console()
    table = Table(title="Switchboard bench")
    for heading in ("what", "measured", "target"):
        table.add_column(heading)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)
        say = partial(_describe, progress, task)
        if options.only in (None, "pure"):
            _pure(table, say)
        if options.only in (None, "live"):
            _live(table, options, say)
        if options.only in (None, "webhooks"):
            _webhooks(table, say)
        if options.only in (None, "api"):
            _api(table, say)
    console.print(table)
    return 0


def _describe(progress: Progress, task: TaskID, text: str) -> None:
    progress.update(task, description=text)


def _pure(table: Table, say) -> None:  # type: ignore[no-untyped-def]
    say("decoder")
    table.add_row(
        "events decoded and understood, 213 headers, one core", f"{decoder.events_per_second():,.0f} /s", "≥ 40,000 /s"
    )
    sources = {str(path.relative_to(PROJECT)): path.read_text() for path in PROJECT.rglob("*.yaml")}
    bundle = load(sources).bundle
    assert bundle is not None
    say("pure core")
    table.add_row(
        "whole bench calls in the pure core, one core", f"{core.calls_per_second(bundle):,.0f} /s", "≥ 50,000 /s"
    )
    say("held calls")
    table.add_row("memory of a held call, 2,000 held", f"{memory.bytes_per_call(bundle) / 1024:.1f} KiB", "≤ 40 KiB")


def _live(table: Table, options: argparse.Namespace, say) -> None:  # type: ignore[no-untyped-def]
    binary = Path(os.environ["FREESWITCH_BIN"]) if os.environ.get("FREESWITCH_BIN") else None
    kind = "FreeSWITCH" if binary else "simulated switch"
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name, site(Path(name), binary) as place:
        peer, ours, ratios, more = [], [], [], []
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}: stock greenswitch, {kind}, {options.rate} calls/s")
            theirs, _ = _run(place, place.greenswitch_command(), options.rate, options.round_seconds, f"peer{number}")
            say(f"round {number + 1} of {options.rounds}: this engine, {kind}, {options.rate} calls/s")
            mine, _ = _run(place, place.engine_command(), options.rate, options.round_seconds, f"ours{number}")
            peer.append(theirs)
            ours.append(mine)
            ratios.append(mine / theirs)
            say(f"round {number + 1} of {options.rounds}: the same with webhooks and API beside it")
            beside, _ = _run(
                place, place.engine_command(delivers=True), options.rate, options.round_seconds, f"beside{number}"
            )
            more.append(beside - mine)
        table.add_row(f"stock greenswitch, CPU per call at {options.rate}/s ({kind})", f"{median(peer):.2f} ms", "")
        table.add_row(f"this engine, CPU per call at {options.rate}/s ({kind})", f"{median(ours):.2f} ms", "")
        table.add_row("ratio, median of the rounds", f"{median(ratios):.2f}", "≤ 0.75")
        table.add_row("   more with webhooks and API beside it", f"{median(more):+.2f} ms", "≤ 0.1 ms")
        say(f"{options.rate} calls/s for {options.seconds} s")
        before = cpu_seconds(place.switch_pid)
        cpu, load_ = _run(place, place.engine_command(), options.rate, options.seconds, "long")
        switch_cpu = (cpu_seconds(place.switch_pid) - before) * 1000 / max(1, load_.calls + load_.failed)
        table.add_row(
            f"{options.rate} calls/s for {options.seconds} s: calls, failed",
            f"{load_.calls:,}, {load_.failed}",
            "0 failed",
        )
        table.add_row(
            "   invite to answer, median and p99", f"{load_.median_ms:.0f} ms, {load_.p99_ms:.0f} ms", "p99 ≤ 100 ms"
        )
        table.add_row("   engine CPU per call", f"{cpu:.2f} ms", "")
        table.add_row(f"   CPU per call of the {kind}", f"{switch_cpu:.1f} ms", "")


def _webhooks(table: Table, say) -> None:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name, redis_server(Path(name)) as (port, _):
        seen = webhooks.measure(Path(name), port, say)
    table.add_row("events appended", f"{seen.appended_per_second:,.0f} /s", "≥ 10,000 /s")
    table.add_row("webhooks signed and delivered, a second", f"{seen.delivered_per_second:,.0f}", "")
    table.add_row("   a second of the deliver process's CPU", f"{seen.delivered_per_cpu_second:,.0f}", "≥ 1,000")
    table.add_row(
        f"   event to request at {seen.pace:,.0f}/s, median and p99", f"{seen.p50_ms:.0f} ms, {seen.p99_ms:.0f} ms",
        "p99 ≤ 250 ms",
    )  # fmt: skip
    growth = seen.p99_beside_dead_ms / seen.p99_ms - 1
    table.add_row(
        "   p99 of nine endpoints, the tenth dead", f"{seen.p99_beside_dead_ms:.0f} ms ({growth:+.0%})", "< +20 %"
    )


def _api(table: Table, say) -> None:  # type: ignore[no-untyped-def]
    say("reading one call over the API")
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name, redis_server(Path(name)) as (port, _):
        rate, per_cpu, p50, p99 = api.measure(Path(name), port)
    table.add_row("GET /v1/calls/{id}, one API process", f"{rate:,.0f} /s", "≥ 1,500 /s")
    table.add_row("   a second of its CPU; median and p99", f"{per_cpu:,.0f}; {p50:.1f} ms, {p99:.1f} ms", "")


def _run(place: Site, command: list[str], rate: int, seconds: int, name: str) -> tuple[float, Load]:
    """One load against one controller: its CPU milliseconds per call, and what the callers saw."""
    with place.controller(command) as pid:
        before = cpu_seconds(pid)
        seen = place_calls(place.switch.trunk, place.folder / name, rate=rate, seconds=seconds, service=NUMBER)
        used = cpu_seconds(pid) - before
    return used * 1000 / max(1, seen.calls + seen.failed), seen


if __name__ == "__main__":
    sys.exit(main())
