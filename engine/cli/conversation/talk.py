"""One dialogue in the terminal: the author is the caller, the agent, and whoever answers requests."""

import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast, get_args
from zoneinfo import ZoneInfo

from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.recorder import Recorder
from engine.call.rehearsal.stand_in import People, Replies, set_stage
from engine.cli.conversation.mocking import USAGE, Mocking
from engine.core.effects import Dial, HttpCall
from engine.core.errors import ControlError
from engine.core.signals import HttpReply, Json
from engine.flow.bundle import Bundle
from engine.flow.rehearsal.source import PersonDoes

if TYPE_CHECKING:
    from rich.console import Console

    from engine.call.rehearsal.transcript import Line

KEYS = """\
keys to press, such as 1 or 1234#; an empty line is silence. Also:
  /speak 5   speak for 5 seconds     /wait 3    let 3 seconds pass
  /agent 1   the agent presses 1     /bye       the agent hangs up
  /busy /rejects /no_answer /unreachable /fails /answers   what whoever is rung next does
  /at 2026-12-25T10:00   begin again at that time      /mock ...   what stands in for the world
  /hangup    hang up                 /quit      leave"""
STYLES = {"hear": "bold", "press": "cyan", "step": "dim", "error": "bold red", "event": "magenta", "end": "bold green"}
WORDS = {"hear": "caller hears", "press": "caller presses", "note": ""}
LONGEST = 86_400.0


@dataclass(frozen=True, slots=True)
class Setting:
    """The call to hold: `at` in seconds since 1970."""

    flow: str
    at: float
    caller: str
    called: str
    inputs: Mapping[str, Json]


class Talk:
    """Lets both talk in turn. `recorded` is the test of what was said, once it is over."""

    def __init__(self, screen: "Console", bundle: Bundle, setting: Setting, *, quiet: bool = False) -> None:
        self._screen = screen
        self._bundle = bundle
        self._setting = setting
        self._quiet = quiet
        self._at = setting.at
        self._mocking = Mocking(bundle)
        self._people: deque[PersonDoes] = deque()
        self._begin()

    def _begin(self) -> None:
        """A new call with the same setting."""
        self._shown = 0
        self._recorder = Recorder(self._bundle)
        self._hear_mocks()
        mocks = self._mocking.mocks()
        staged, switches = set_stage(self._bundle, mocks, "")
        setting = self._setting
        self._dialogue = Dialogue(
            staged, setting.flow, at=self._at, caller=setting.caller, called=setting.called, inputs=setting.inputs,
            switches=switches, answer_http=self._answer, whom=self._whom, records=mocks.records,
        )  # fmt: skip

    def _hear_mocks(self) -> None:
        mocks = self._mocking.mocks()
        self._replies = Replies(mocks.http, self._bundle.project.services)
        self._rung = People(mocks.transfer)

    def hold(self) -> int:
        """Talk until the call is over; 1 when the flow ended in an error."""
        self._dialogue.begin()
        self._show()
        while self._dialogue.result is None:
            who = {"agent": "agent> ", "talk": "talking> "}.get(self._dialogue.needs, "> ")
            said = self._read("speak> " if self._dialogue.recording else who)
            if said is None:
                said = "/hangup"
            if said in ("/quit", "/q"):
                return 0
            self._do(said)
            self._show()
        return int(self._dialogue.result.how == "error")

    def recorded(self) -> str:
        """The test file of the dialogue as it was held."""
        setting = self._setting
        zone = ZoneInfo(self._bundle.project.timezone)
        name = f"recorded, a call of {datetime.fromtimestamp(self._at, zone):%A, %d %B %Y, %H:%M}"
        call: dict[str, Any] = {"caller": setting.caller, "called": setting.called}
        if setting.inputs:
            call["inputs"] = dict(setting.inputs)
        mocks = {section: entries for section, entries in self._mocking.said.items() if section not in ("http",)}
        mocks.pop("transfer", None)  # what they did is in the dialogue
        return self._recorder.script(self._dialogue, setting.flow, name=name, call=call, mocks=mocks, at=self._at)

    # What is said

    def _do(self, said: str) -> None:
        dialogue = self._dialogue
        word, _, rest = said.partition(" ")
        rest = rest.strip()
        if not said:
            self._act("silence", 1)
            dialogue.silence()
        elif word in ("/hangup", "/h"):
            self._act("hangup")
            dialogue.hang_up()
        elif word in ("/bye", "/b"):
            self._act("agent", "hangs_up")
            dialogue.agent_hangs_up()
        elif word == "/agent" and rest and _are_keys(rest):
            self._act("agent", {"press": rest})
            dialogue.agent_presses(rest)
        elif word in ("/speak", "/wait") and (seconds := _seconds(rest)) is not None:
            if word == "/speak" and dialogue.recording:
                self._act("speak", _written(seconds))
                dialogue.speak(seconds)
            else:
                self._act("wait", _written(seconds))
                dialogue.wait(seconds)
                dialogue.settle()
        elif word.removeprefix("/") in get_args(PersonDoes) and word.startswith("/"):
            self._people.append(cast("PersonDoes", word.removeprefix("/")))
        elif word in ("/at", "/mock"):
            self._change(word, rest)
        elif _are_keys(said):
            self._act("press", said)
            dialogue.press(said)
        else:
            self._screen.print(KEYS, style="dim")

    def _act(self, word: str, value: Any = None) -> None:
        self._recorder.acts(self._dialogue, word, value)

    def _change(self, word: str, rest: str) -> None:
        """Another time, or something that stands in for the world."""
        try:
            if word == "/at":
                self._at = self._time(rest)
                again = True
            else:
                again = self._mocking.say(rest)
        except ControlError as error:
            self._screen.print(str(error), style="red")
            return
        if not again:
            self._hear_mocks()
            return
        self._screen.print("the call begins again", style="dim")
        self._begin()
        self._dialogue.begin()

    def _time(self, text: str) -> float:
        try:
            moment = datetime.fromisoformat(text)
            zone = ZoneInfo(self._bundle.project.timezone)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
        except (ValueError, OverflowError):
            raise ControlError("write a time such as /at 2026-12-25T10:00") from None

    # The world

    def _whom(self, dial: Dial) -> PersonDoes:
        does = self._people.popleft() if self._people else self._rung.whom(dial)
        self._recorder.rings(does)
        return does

    def _answer(self, call: HttpCall) -> HttpReply:
        reply = self._replies.answer(call)
        if self._replies.strange:
            self._replies.strange.clear()
            reply = self._asked(call)
        self._recorder.replied(call, reply)
        return reply

    def _asked(self, call: HttpCall) -> HttpReply:
        """Let the author answer a request: a status, and a body if they like; nothing is a failed connection."""
        told = f"request: {call.method} {call.url}" + (f"\n{call.body}" if call.body else "")
        self._screen.print(told, style="magenta")
        said = self._read("reply (200 {...}, or nothing for no connection)> ") or ""
        status, _, body = said.partition(" ")
        if not status.isdecimal() or not 100 <= int(status[:4]) <= 599:
            return HttpReply(0, error="http.connect", detail="no reply was given")
        return HttpReply(int(status), {"content-type": "application/json"}, body)

    # The terminal

    def _read(self, prompt: str) -> str | None:
        try:
            said = input(prompt).strip()
        except EOFError:
            return None
        if not sys.stdin.isatty():
            self._screen.print(said)
        return said

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


def _are_keys(text: str) -> bool:
    return set(text) <= set("0123456789*#ABCD")


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text.rstrip("s"))
    except ValueError:
        return None
    return max(0.0, min(seconds, LONGEST)) if seconds == seconds else None


def _written(seconds: float) -> str:
    return f"{seconds:g}s" if seconds >= 0.001 and "e" not in f"{seconds:g}" else f"{seconds:.3f}s"


__all__ = ["KEYS", "USAGE", "Setting", "Talk"]
