"""Watching the calls: every event in a line of its own, and under them what each caller hears and where they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.live import Live
from rich.table import Table
from rich.text import Text

from engine.cli.demonstration.acts import Act
from engine.cli.events import event_line
from engine.core.errors import FlowError
from engine.core.prompts import Speech, describe
from engine.flow.prompt import PromptSpec
from engine.shell.event_reader import Wanted

if TYPE_CHECKING:
    from rich.console import Console

    from engine.cli.demonstration.stage import Stage
    from engine.flow.bundle import Bundle

BARS = " ▁▂▃▄▅▆▇█"
LOUD = 6000.0
"""Mean absolute sample of a full bar."""
REFRESH = 8


class Watching:
    """Follows the events of a stage until it is killed, and shows the calls."""

    def __init__(self, screen: "Console", stage: "Stage", acts: Sequence[Act]) -> None:
        self._screen = screen
        self._stage = stage
        self._acts = acts

    def follow(self) -> None:
        """Show every event as it comes from Redis, and tell the caller it belongs to."""
        for event in self._stage.reader().follow(Wanted(), {}):
            if event is not None:
                self._take(event)

    def live(self) -> Live:
        """The table of calls, kept current; nothing when the output is no terminal."""
        return Live(
            console=self._screen, get_renderable=self._table, refresh_per_second=REFRESH,
            auto_refresh=self._screen.is_terminal, transient=True,
        )  # fmt: skip

    def _take(self, event: dict[str, Any]) -> None:
        act = self._act_of(event)
        if act is None:
            return
        before = act.hears
        act.tell(event, lambda fields: spoken_in_step(self._stage.engine.bundle, fields))
        self._screen.print(Text.assemble((f"{act.name:<4} ", "bold"), event_line(event)))
        if act.hears and act.hears != before:
            self._screen.print(Text.assemble((f"{act.name:<4} ", "bold"), ("hears ", "dim"), (act.hears, "italic")))

    def _act_of(self, event: dict[str, Any]) -> Act | None:
        if event["type"] == "call.initiated":
            for act in self._acts:
                if act.number == event["data"]["caller"]:
                    act.call = event["call"]
        return next((act for act in self._acts if act.call == event["call"]), None)

    def _table(self) -> Table:
        table = Table(expand=True, border_style="dim")
        for title, ratio in (("caller", 1), ("state", 3), ("where", 4), ("presses", 1), ("hears", 7)):
            table.add_column(title, ratio=ratio, no_wrap=True, overflow="ellipsis")
        for act in self._acts:
            sound = meter(act.phone.ear.level) if act.phone is not None and not act.ended else " "
            table.add_row(
                Text(act.name, "bold"), act.state, Text(act.place, "cyan"), act.presses,
                Text.assemble((f"{sound} ", "green"), act.hears),
            )  # fmt: skip
        return table


def meter(level: float) -> str:
    """Loudness as a bar one character wide."""
    return BARS[min(len(BARS) - 1, round(level / LOUD * (len(BARS) - 1)))]


def spoken_in_step(bundle: "Bundle", fields: dict[str, Any]) -> str:
    """What a step says when it begins, in words; nothing for a step that is silent."""
    try:
        step = bundle.flows[fields["flow"]].blocks[fields["block"]].steps[int(fields["step"])]
    except (KeyError, IndexError, ValueError, TypeError):
        return ""
    prompt = getattr(step.kind, "prompt", None)
    if not isinstance(prompt, PromptSpec):
        return ""
    try:
        items = prompt.resolve({}, bundle.project.languages[0], bundle.prompts)
    except FlowError:
        return "(words that this call completes)"
    return " ".join(item.text if isinstance(item, Speech) else describe((item,)) for item in items)
