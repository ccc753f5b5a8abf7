"""What the tests of flows are written with: flows from YAML texts, dialogues, and runs that can be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from engine.call.rehearsal.dialogue import Dialogue
from engine.core.effects import Ask, Effect
from engine.core.ids import AskId, CallId, LegId, new_leg_id
from engine.core.signals import Answer, HttpReply
from engine.core.steps import Digit, Done, LegChange, TimedOut, Wait
from engine.flow import builtin
from engine.flow.bundle import Bundle, bundle_id
from engine.flow.dialplan import Dialplan
from engine.flow.facts import CallFacts
from engine.flow.finding import Finding
from engine.flow.flow_reader import read_flow
from engine.flow.project import PROJECT_FILE, read_project
from engine.flow.prompt_reader import PROMPT_FOLDER, read_prompts
from engine.flow.runner import Runner
from engine.flow.source_map import SourceMap
from engine.flow.step_reader import StepReader
from engine.flow.yaml_source import read_yaml

NOON = 1_795_176_000.0
"""Friday, 20 November 2026, 12:00 UTC."""


def bundle_of(*flows: str, project: str = "", prompts: str = "", sounds: tuple[str, ...] = ()) -> Bundle:
    """A bundle of flow texts, unchecked: tests also run what the checks would refuse. Bad form raises."""
    findings: list[Finding] = []
    sources = {f"ivr_flows/{number}.flow.yaml": dedent(text) for number, text in enumerate(flows)}
    if project:
        sources[PROJECT_FILE] = dedent(project)
    if prompts:
        sources[f"{PROMPT_FOLDER}en.yaml"] = dedent(prompts)
    values: dict[str, Any] = {}
    for path, text in {**builtin.SOURCES, **sources}.items():
        values[path], wrong = read_yaml(path, text)
        findings += wrong
    source_map = SourceMap(roots=dict(values), sources=sources)
    read, _, wrong = read_project(values.get(PROJECT_FILE))
    findings += wrong
    reader = StepReader(read.defaults, source_map, findings)
    found = {}
    for path, value in values.items():
        if path.endswith(".flow.yaml"):
            flow = read_flow(value, path, reader, read.languages)
            assert flow is not None, findings
            found[flow.name] = flow
    table = read_prompts(
        {path: value for path, value in values.items() if path.startswith(PROMPT_FOLDER)},
        frozenset(sounds),
        "/sounds",
        read,
        findings,
    )
    assert not [finding for finding in findings if finding.severity == "error"], "\n".join(map(str, findings))
    name = bundle_id(sources, frozenset(sounds))
    return Bundle(name, found, read, table, read.calendars, Dialplan(), sources, frozenset(sounds))


def steps_flow(steps: str, *, vars: str = "", events: str = "", more: str = "") -> str:  # noqa: A002
    """A flow `main` whose block `go` has these steps (a YAML list); `more` are further blocks."""
    text = "flow: main\nstart: go\n"
    if vars:
        text += f"vars: {vars}\n"
    if events:
        text += f"events: {events}\n"
    text += "blocks:\n  go:\n" + _indented(steps, 4)
    for block in ("here", "there", "elsewhere"):
        if f"\n{block}:" not in "\n" + dedent(more):
            text += f"  {block}:\n    - hangup: {{prompt: at {block}}}\n"
    return text + _indented(more, 2)


def _indented(text: str, by: int) -> str:
    return "".join(" " * by + line + "\n" for line in dedent(text).strip("\n").splitlines() if line.strip())


def talk(*flows: str, project: str = "", prompts: str = "", flow: str = "main", **options: Any) -> Dialogue:
    """A dialogue with the flow `main` of these texts, begun."""
    bundle = bundle_of(*flows, project=project, prompts=prompts, sounds=options.pop("sounds", ()))
    dialogue = Dialogue(bundle, flow, at=options.pop("at", NOON), **options)
    dialogue.begin()
    return dialogue


def talk_steps(steps: str, **options: Any) -> Dialogue:
    """A dialogue with a flow of these steps, begun; `vars`, `events` and `more` as `steps_flow` takes them."""
    parts = {name: options.pop(name) for name in ("vars", "events", "more") if name in options}
    return talk(steps_flow(steps, **parts), **options)


def told(dialogue: Dialogue, kind: str) -> list[Mapping[str, Any]]:
    """The fields of every CallEvent of a type."""
    return [event.fields for event in dialogue.events if event.type == kind]


def errors(dialogue: Dialogue) -> list[str]:
    """The names of the errors that came up."""
    return [str(fields["error"]) for fields in told(dialogue, "flow.error")]


def inputs(dialogue: Dialogue) -> list[tuple[str, int, str | None]]:
    """Outcome, tries and keys of every input step."""
    return [(fields["outcome"], fields["tries"], fields.get("digits")) for fields in told(dialogue, "flow.input")]


def replies(*given: HttpReply) -> Any:
    """Answers HTTP requests one after the other, the last for all further ones."""
    waiting = list(given)

    def answer(_: object) -> HttpReply:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return answer


CALL = CallId("00000000-0000-4000-8000-00000000000a")


@dataclass
class Start:
    """An ask was begun."""

    ask: Ask


@dataclass
class Do:
    """An effect was to be performed."""

    effect: Effect


@dataclass
class Tell:
    """A CallEvent was told."""

    type: str
    fields: Mapping[str, Any]


@dataclass
class NewLeg:
    """A leg was reserved."""


@dataclass
class Flush:
    """The keys not yet used were forgotten."""


Request = Start | Do | Tell | NewLeg | Flush | Wait


@dataclass
class Hands:
    """Hands that remember what they were asked for."""

    requests: list[Request] = field(default_factory=list)
    asks: dict[AskId, Ask] = field(default_factory=dict)

    def start(self, ask: Ask) -> AskId:
        self.requests.append(Start(ask))
        number = AskId(len(self.asks) + 1)
        self.asks[number] = ask
        return number

    def do(self, effect: Effect) -> None:
        self.requests.append(Do(effect))

    def tell(self, kind: str, fields: Mapping[str, Any]) -> None:
        self.requests.append(Tell(kind, fields))

    def flush(self) -> None:
        self.requests.append(Flush())

    def new_leg(self) -> LegId:
        self.requests.append(NewLeg())
        return new_leg_id(CALL, sum(isinstance(request, NewLeg) for request in self.requests))


@dataclass
class Run:
    """A runner driven by hand: it stands at a wait, and each reply is the test's."""

    runner: Runner
    now: list[float]
    hands: Hands
    wait: Wait | None = None
    result: Any = None
    ended: bool = False

    def __post_init__(self) -> None:
        self.steps = self.runner.run()
        self.send(None)

    @property
    def requests(self) -> list[Request]:
        """All that was asked for so far, waits as well."""
        return self.hands.requests

    @property
    def asks(self) -> dict[AskId, Ask]:
        """All asks begun so far."""
        return self.hands.asks

    def send(self, reply: Any) -> "Run":
        """Reply to the wait, and go on to the next."""
        self.wait = None
        try:
            self.wait = self.steps.send(reply)
            self.requests.append(self.wait)
        except StopIteration as stop:
            self.result, self.ended = stop.value, True
        return self

    def done(self, answer: Answer, ask: int = 0) -> "Run":
        """An ask is answered: the last begun, or the one of this number."""
        return self.send(Done(AskId(ask or len(self.asks)), answer))

    def digit(self, key: str) -> "Run":
        """A key is pressed or read."""
        return self.send(Digit(key))

    def time_out(self) -> "Run":
        """The time of the wait is over."""
        assert self.wait is not None
        self.now[0] += self.wait.timeout
        return self.send(TimedOut())

    def leg(self, what: Any, number: int = 1, cause: str = "") -> "Run":
        """Something happens to the `number`-th dialled leg."""
        return self.send(LegChange(new_leg_id(CALL, number), what, cause))

    @property
    def effects(self) -> list[Effect]:
        """All effects asked for so far."""
        return [request.effect for request in self.requests if isinstance(request, Do)]

    @property
    def tells(self) -> list[tuple[str, Mapping[str, Any]]]:
        """All CallEvents told so far, but for the bookkeeping of flows and steps."""
        dull = ("flow.started", "flow.step", "flow.finished")
        return [(tell.type, tell.fields) for tell in self.requests if isinstance(tell, Tell) and tell.type not in dull]

    @property
    def last_ask(self) -> Ask:
        """The ask begun last."""
        return self.asks[AskId(len(self.asks))]


def run(bundle: Bundle, *, flow: str = "main", answered: bool = True) -> Run:
    """A flow of a bundle standing at its first wait."""
    now = [NOON]
    facts = CallFacts(CALL, LegId(CALL), "+442079460123", "+442079460000", "Anna", at=NOON, bundle_id=bundle.id)
    hands = Hands()
    runner = Runner(bundle, facts, hands, flow, {}, lambda: now[0])
    runner.answered = answered
    return Run(runner, now, hands)


def run_steps(steps: str, *, project: str = "", answered: bool = True, **parts: str) -> Run:
    """A flow of these steps standing at its first wait; parts as `steps_flow` takes them."""
    return run(bundle_of(steps_flow(steps, **parts), project=project), answered=answered)
