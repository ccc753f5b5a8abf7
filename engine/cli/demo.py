"""`switchboard demo`: real SIP calls with real sound through the sample flow, watched, read back and proven."""

import argparse
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.project_choice import chosen_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from engine.cli.demonstration.acts import Act
    from engine.cli.demonstration.proof import Proof
    from engine.cli.demonstration.stage import Stage

HELP = "place real SIP calls through the sample flow and prove what happened"
BETWEEN_CALLS = 0.7
ENDING_SECONDS = 10.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add where its files go."""
    parser.add_argument("--folder", type=Path, help="where its files go (default: demo/ in state_dir)")


def run(options: argparse.Namespace) -> int:
    """Show it; the last line is `demo: ok`, and the exit code 0, only when every claim was proven."""
    from engine.cli.demonstration.acts import cast
    from engine.cli.screen import console

    settings = chosen_settings(options)
    folder = (options.folder or settings.state_dir / "demo").absolute()
    _clear(folder)
    screen = console()
    acts = cast()
    with ExitStack() as stack:
        stage = _set_up(screen, settings, folder, stack)
        _perform(screen, stage, acts)
        missing = _prove(screen, stage, acts)
    if missing:
        screen.print(f"demo: failed: {'; '.join(missing)} (see {folder})", style="bold red")
        return 1
    screen.print("demo: ok", style="bold green")
    return 0


def _clear(folder: Path) -> None:
    """Remove what a demonstration before left, also the Redis of one that was killed."""
    from engine.shell.embedded_redis import EmbeddedRedis, read_address

    redis = EmbeddedRedis(folder / "state" / "redis")
    if read_address(redis.folder) is not None:
        redis.start()
        redis.stop()
    for part in ("state", "recordings", "ann", "bob", "cid", "agent"):
        shutil.rmtree(folder / part, ignore_errors=True)


def _set_up(screen: "Console", settings: "object", folder: Path, stack: ExitStack) -> "Stage":
    from engine.cli.demonstration.stage import set_up
    from engine.cli.screen import progress_bar
    from engine.config import Settings

    assert isinstance(settings, Settings)
    screen.print("Starting Redis, a simulated switch (it is not FreeSWITCH), the engine, a customer and an agent.")
    with progress_bar(screen) as progress:
        task = progress.add_task("speaking the prompts", total=None)
        return set_up(
            settings, folder, stack, lambda state: progress.update(task, completed=state.done, total=state.total)
        )


def _perform(screen: "Console", stage: "Stage", acts: "Sequence[Act]") -> None:
    import gevent

    from engine.cli.demonstration.acts import NUMBER, perform
    from engine.cli.demonstration.patience import wait_for
    from engine.cli.demonstration.watching import Watching

    host, port = stage.switch
    screen.print(f"Three callers dial sip:{NUMBER}@{host}:{port}:")
    for act in acts:
        screen.print(f"  {act.name} {act.plan}")
    screen.print()
    watching = Watching(screen, stage, acts)
    follower = gevent.spawn(watching.follow)
    with watching.live():
        callers = [gevent.spawn_later(number * BETWEEN_CALLS, perform, stage, act) for number, act in enumerate(acts)]
        gevent.joinall(callers, raise_error=True)
        wait_for(lambda: follower.dead or all(act.ended for act in acts), ENDING_SECONDS)
    if follower.dead:
        follower.get()  # raises what ended it
    follower.kill()
    screen.print()


def _prove(screen: "Console", stage: "Stage", acts: "Sequence[Act]") -> "list[str]":
    from rich.text import Text

    from engine.cli.demonstration.proof import Proof

    proof = Proof(stage, acts)
    _show_events(screen, proof)
    _show_recording(screen, proof)
    missing = []
    for claim in proof.claims():
        mark = Text("yes ", "bold green") if claim.holds else Text("NO  ", "bold red")
        screen.print(Text.assemble(mark, claim.text, (f"  ({claim.evidence})", "dim")))
        if not claim.holds:
            missing.append(f"not proven: {claim.text} ({claim.evidence})")
    return missing


def _show_events(screen: "Console", proof: "Proof") -> None:
    from rich.table import Table
    from rich.text import Text

    from engine.cli.events import fields_text
    from engine.cli.screen import clock

    table = Table(title="Events read back from Redis", title_justify="left", box=None, pad_edge=False, expand=True)
    for column, style in (("caller", "bold"), ("n", "dim"), ("time", "dim"), ("type", "cyan")):
        table.add_column(column, style=style, no_wrap=True)
    table.add_column("fields", no_wrap=True, overflow="ellipsis", ratio=1)
    for name, events in proof.events.items():
        for event in events:
            table.add_row(name, str(event["n"]), clock(event["at"]), event["type"], Text(fields_text(event["data"])))
    screen.print(table)
    screen.print()


def _show_recording(screen: "Console", proof: "Proof") -> None:
    from engine.cli.demonstration.picture import decibels, waveform
    from engine.sim.g711 import samples_of
    from engine.sim.sound_files import sound_of

    file = proof.recording
    if file is None or not file.exists():
        screen.print("There is no recorded message.", style="red")
        return
    samples = samples_of(sound_of(file))
    screen.print(f"Recorded message: {file}")
    screen.print(f"{len(samples) / 8000:.1f} s, {decibels(samples):.0f} dBFS  {waveform(samples)}\n")
