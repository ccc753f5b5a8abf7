"""`switchboard flow try`: talk to a flow in the terminal. The same machine as in a live call, without a switch."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, cast, get_args

from engine.cli.project_choice import add_project, add_time, chosen_bundle, chosen_time
from engine.core.errors import ControlError
from engine.core.signals import HttpReply, Json

if TYPE_CHECKING:
    from rich.console import Console

    from engine.call.rehearsal.dialogue import Dialogue
    from engine.call.rehearsal.transcript import Line
    from engine.core.effects import HttpCall
    from engine.flow.rehearsal.source import PersonDoes

HELP = "talk to a flow in the terminal, without a switch"
KEYS = """\
keys to press, such as 1 or 1234#; an empty line is silence. Also:
  /speak 5   speak for 5 seconds     /wait 3    let 3 seconds pass
  /agent 1   the agent presses 1     /bye       the agent hangs up
  /busy /rejects /no_answer /unreachable /answers   what whoever is rung next does
  /hangup    hang up                 /quit      leave"""
STYLES = {"hear": "bold", "press": "cyan", "step": "dim", "error": "bold red", "event": "magenta", "end": "bold green"}
WORDS = {"hear": "caller hears", "press": "caller presses", "step": "step", "note": "", "end": "end"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flow and the call."""
    parser.add_argument("flow", nargs="?", help="name of the flow (default: the one --number reaches)")
    parser.add_argument("--number", default="+442079460000", help="the number called")
    parser.add_argument("--caller", default="+442079460123", help="the caller's number")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=VALUE", help="an input of the flow")
    parser.add_argument("--quiet", action="store_true", help="only what the caller hears and presses")
    add_time(parser)
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    """Hold the dialogue; 1 when the flow ended in an error."""
    from engine.call.rehearsal.dialogue import Dialogue
    from engine.cli.screen import console

    bundle = chosen_bundle(options)
    at = chosen_time(options.at, bundle.project.timezone)
    name, inputs = options.flow, {}
    if name is None:
        route = bundle.dialplan.route(options.number, options.caller, "", at, bundle.calendars, {})
        name, inputs = route.flow, route.inputs
    if name not in bundle.flows:
        raise ControlError(f"no flow {name} (known: {', '.join(sorted(bundle.flows))})")
    inputs |= dict(_input(text) for text in options.input)
    screen = console()
    dialogue = Dialogue(
        bundle, name, at=at, caller=options.caller, called=options.number, inputs=inputs,
        answer_http=lambda call: _ask_http(screen, call),
    )  # fmt: skip
    screen.print(f"flow {name}, called by {options.caller}. {KEYS}\n", style="dim")
    return Talk(screen, dialogue, quiet=options.quiet).hold()


class Talk:
    """One dialogue in the terminal."""

    def __init__(self, screen: "Console", dialogue: "Dialogue", *, quiet: bool) -> None:
        self._screen = screen
        self._dialogue = dialogue
        self._quiet = quiet
        self._shown = 0

    def hold(self) -> int:
        """Let both talk in turn until the call is over."""
        dialogue = self._dialogue
        dialogue.begin()
        self._show()
        while dialogue.result is None:
            prompt = {"agent": "agent> ", "talk": "talking> "}.get(
                dialogue.needs, "speak> " if dialogue.recording else "> "
            )
            try:
                said = input(prompt)
            except EOFError:
                said = "/hangup"
            if not sys.stdin.isatty():
                self._screen.print(said)
            if said.strip() in ("/quit", "/q"):
                return 0
            self._do(said.strip())
            self._show()
        return int(dialogue.result.how == "error")

    def _do(self, said: str) -> None:
        from engine.flow.rehearsal.source import PersonDoes

        dialogue = self._dialogue
        word, _, rest = said.partition(" ")
        if not said:
            dialogue.silence()
        elif word in ("/hangup", "/h"):
            dialogue.hang_up()
        elif word in ("/bye", "/b"):
            dialogue.agent_hangs_up()
        elif word == "/agent" and rest:
            dialogue.agent_presses(rest)
        elif word in ("/speak", "/wait") and _seconds(rest) is not None:
            (dialogue.speak if word == "/speak" else dialogue.wait)(_seconds(rest) or 0.0)
        elif word.removeprefix("/") in get_args(PersonDoes) and word.startswith("/"):
            dialogue.people.append(cast("PersonDoes", word.removeprefix("/")))
        elif set(said) <= set("0123456789*#ABCD"):
            dialogue.press(said)
        else:
            self._screen.print(KEYS, style="dim")

    def _show(self) -> None:
        lines = self._dialogue.lines
        for line in lines[self._shown :]:
            if not self._quiet or line.what in ("hear", "press", "note", "end"):
                self._print(line)
        self._shown = len(lines)

    def _print(self, line: "Line") -> None:
        from rich.text import Text

        what = WORDS.get(line.what, line.what)
        text = Text.assemble((f"{line.at:7.1f}  ", "dim"), (f"{what:>14}  ", "dim"))
        text.append(line.text, STYLES.get(line.what, ""))
        self._screen.print(text)


def _ask_http(screen: "Console", call: "HttpCall") -> HttpReply:
    """Let the author answer a request: a status, and a body if they like; nothing is a failed connection."""
    screen.print(f"request: {call.method} {call.url}" + (f"\n{call.body}" if call.body else ""), style="magenta")
    try:
        said = input("reply (200 {...}, or nothing for no connection)> ").strip()
    except EOFError:
        said = ""
    status, _, body = said.partition(" ")
    if not status.isdecimal():
        return HttpReply(0, error="http.connect", detail="no reply was given")
    return HttpReply(int(status), {"content-type": "application/json"}, body)


def _input(text: str) -> tuple[str, Json]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ControlError(f"--input {text}: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, min(float(text.rstrip("s")), 86_400.0))
    except ValueError:
        return None
