"""Runs the flows of one call: block after block, step after step, into other flows and back, through every error.

The whole is one generator. A frame stands for each flow that is being run; the frame of a flow that was called knows
its caller. Frames are left as they are when the call ends, so that the hang-up blocks find their variables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.core.errors import FlowError
from engine.core.signals import Json
from engine.core.steps import Hands, Step
from engine.flow.builtin import APOLOGY
from engine.flow.bundle import Bundle
from engine.flow.document import StepNode
from engine.flow.error_handling import Unwinding, as_scope, find_remedy
from engine.flow.facts import CallFacts, FlowResult
from engine.flow.fields import Inline, Jump, TargetValue
from engine.flow.frame import RECORDINGS, CallState, Frame, open_frame
from engine.flow.limits import count_step, count_visit
from engine.flow.variable import initial
from engine.flow.view import View, redacted

__all__ = ["CallFacts", "FlowResult", "Position", "Runner"]

APOLOGY_CAUSE = "NORMAL_TEMPORARY_FAILURE"
_ELSEWHERE = "flow:"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a call is: for those who watch it."""

    flow: str
    block: str
    index: int
    kind: str
    line: int


class Runner:
    """The flows of one call, with its hands. `clock` tells the time of what happened last, in seconds since 1970."""

    __slots__ = ("_flow", "_frame", "_inputs", "_state")

    def __init__(
        self,
        bundle: Bundle,
        facts: CallFacts,
        hands: Hands,
        flow: str,
        inputs: Mapping[str, Json],
        clock: Callable[[], float],
        switches: Mapping[str, str] | None = None,
        recordings: str = RECORDINGS,
    ) -> None:
        project = bundle.project
        self._flow = flow
        self._inputs = inputs
        self._frame: Frame | None = None
        self._state = CallState(
            bundle,
            facts,
            hands,
            clock,
            switches or {},
            recordings,
            project.languages[0],
            {name: initial(variable) for name, variable in project.session.items()},
        )

    # What others may see and set

    @property
    def answered(self) -> bool:
        """Whether the caller's leg is answered; set by who sees the switch."""
        return self._state.answered

    @answered.setter
    def answered(self, answered: bool) -> None:
        self._state.answered = answered

    @property
    def recording(self) -> str:
        """The path of a running recording of the whole call; set by who began it."""
        return self._state.recording

    @recording.setter
    def recording(self, path: str) -> None:
        self._state.recording = path

    @property
    def tags(self) -> Mapping[str, Json]:
        """The fields the flows have set in the call's record."""
        return self._state.tags

    @property
    def language(self) -> str:
        """The language the caller hears."""
        return self._state.language

    @property
    def session(self) -> Mapping[str, Json]:
        """The variables all flows of the call share."""
        return self._state.session

    @property
    def variables(self) -> Mapping[str, Json]:
        """The variables of the flow being run."""
        return self._frame.vars if self._frame is not None else {}

    def frame_of(self, flow: str) -> Frame | None:
        """The running of a flow by its name, innermost first; None when it does not run."""
        frames = self._frame.stack() if self._frame is not None else ()
        return next((frame for frame in frames if frame.flow.name == flow), None)

    @property
    def refusal_sip(self) -> int:
        """The SIP status to refuse the call with, 0 to hang up by the cause."""
        return self._state.ending.sip if self._state.ending is not None else 0

    @property
    def time_limit(self) -> float:
        """Seconds the call may take, by the flow it began with."""
        flow = self._state.bundle.flows.get(self._flow)
        return flow.limits.max_duration if flow is not None else 60.0

    @property
    def position(self) -> Position | None:
        """The step that is running or ran last; None before the first."""
        frame = self._frame
        if frame is None or frame.node is None:
            return None
        node = frame.node
        return Position(frame.flow.name, frame.block, frame.index, node.kind.word, node.place.line)

    # The ways to run

    def aim(self, flow: str, inputs: Mapping[str, Json]) -> None:
        """From its next `run` on the call is served by this flow."""
        self._flow, self._inputs = flow, inputs

    def run(self) -> Step[FlowResult]:
        """Everything from the first step to the end of the flow. Flows of an earlier run, since closed, are left."""
        if self._frame is not None:
            self._finished("sent")
            self._frame = self._state.ending = None
        name, inputs, steps = self._flow, self._inputs, 0
        error: dict[str, Json] | None = None
        rescues: list[str] | None = None
        while True:
            try:
                going = yield from self._base_flow(name, inputs, steps, error)
            except Unwinding as unwinding:
                self._finished("error")
                if rescues is None:
                    rescues = [self._state.bundle.project.error_flow, APOLOGY]
                rescues = [flow for flow in rescues if flow in self._state.bundle.flows]
                if not rescues:
                    return FlowResult("error", APOLOGY_CAUSE)
                name, inputs, steps, error = rescues.pop(0), {}, 0, unwinding.scope
                if name == APOLOGY:
                    self._tag_error(unwinding.error)
                continue
            if going is not None and going.name.startswith(_ELSEWHERE):
                self._finished("goto")
                steps = self._frame.stack()[-1].steps if self._frame is not None else 0
                name, inputs, error = going.name.removeprefix(_ELSEWHERE), {}, None
                continue
            result = FlowResult("finished") if going is None else self._state.ending or FlowResult("hangup")
            if rescues is not None and name == APOLOGY:
                result = FlowResult("error", result.cause)
            self._finished(result.how)
            return result

    def timeout_steps(self) -> Step[FlowResult] | None:
        """The block for the time limit of the flow the call began with, if it has one; after `run` was closed."""
        if self._frame is None:
            return None
        frame = self._frame.stack()[-1]
        block = frame.flow.events.timeout
        return self._time_is_over(frame, block) if block else None

    def hangup_steps(self) -> Step[None] | None:
        """The hang-up blocks of the flows that were running, innermost first, without steps that need a caller.

        To be run when the caller's leg is gone and `run` has ended or was closed; None when there are none.
        """
        self._state.alive = False
        if self._frame is None:
            return None
        frames = [frame for frame in self._frame.stack() if frame.flow.events.hangup]
        return self._wrap_up(frames) if frames else None

    # Flows

    def _base_flow(
        self, name: str, inputs: Mapping[str, Json], steps: int, error: dict[str, Json] | None
    ) -> Step[Jump | None]:
        flow = self._state.bundle.flows.get(name)
        if flow is None:
            self._no_start(name, FlowError("flow.dead_end", f'no flow "{name}"'))
            return None
        try:
            frame = open_frame(flow, inputs, self._state.clock())
        except FlowError as wrong:
            self._no_start(name, wrong)
            return None
        frame.steps, frame.error = steps, error
        return (yield from self._run_frame(frame))

    def _no_start(self, flow: str, error: FlowError) -> None:
        """Raises Unwinding: a flow could not even begin."""
        place: dict[str, Json] = {"flow": flow, "block": "", "line": 0}
        self._state.hands.tell("flow.error", {"error": error.name, "message": error.message, **place, "handled_by": ""})
        raise Unwinding(None, error, {"name": error.name, "message": error.message, **place})

    def _run_frame(self, frame: Frame) -> Step[Jump | None]:
        """Run one flow until it returns (None) or the call goes elsewhere for good."""
        self._frame = frame
        self._state.hands.tell("flow.started", self._started(frame))
        name = frame.flow.start
        while True:
            try:
                target = yield from self._block(frame, name)
            except Unwinding as unwinding:
                handler = unwinding.handler
                if handler is None or handler.frame is not frame or not isinstance(handler.target, Jump):
                    raise
                self._frame = frame
                frame.handling = True
                frame.holders.clear()
                target = handler.target
            name = target.name
            if name == "return":
                if frame.parent is None:
                    return None
                self._state.hands.tell("flow.finished", {"flow": frame.flow.name, "result": "return"})
                self._frame = frame.parent
                return None
            if name == "hangup" or name.startswith(_ELSEWHERE):
                return target

    def _started(self, frame: Frame) -> dict[str, Json]:
        flow = frame.flow
        started: dict[str, Json] = {
            "flow": flow.name, "bundle": self._state.facts.bundle_id, "file": flow.place.file
        }  # fmt: skip
        if frame.parent is not None:
            started["parent"] = frame.parent.flow.name
        return started

    def _block(self, frame: Frame, name: str) -> Step[Jump]:
        """Run one block; where the flow goes on."""
        try:
            count_visit(frame, name)
            frame.block, frame.index = name, 0
            for index, node in enumerate(frame.flow.blocks[name].steps):
                target = yield from self._step(frame, node, index)
                if target is not None:
                    return Jump(name) if target.name == "repeat" else target
            raise FlowError("flow.dead_end", f"the block {name} ends without saying where to go on")
        except FlowError as error:
            self._raise(frame, None, error)
            raise

    def _steps(self, frame: Frame, steps: tuple[StepNode, ...]) -> Step[Jump | None]:
        for index, node in enumerate(steps):
            target = yield from self._step(frame, node, index)
            if target is not None:
                return target
        return None

    def _step(self, frame: Frame, node: StepNode, index: int) -> Step[Jump | None]:
        """Run one step with what follows from it; a jump out of its list, or None for the next."""
        kind = node.kind
        if kind.media and not self._state.alive:
            return Jump("hangup") if kind.final else None
        while True:
            held = len(frame.holders)
            handled = False
            target: TargetValue | None
            try:
                view = self._begin(frame, node, index)
                target = (yield from kind.run(view)) if view is not None else None
                if target is None:
                    return None
                if isinstance(target, Inline):
                    frame.holders.append(node)
                    target = yield from self._steps(frame, target.steps)
                    frame.holders.pop()
            except FlowError as error:
                target = self._raise(frame, node, error)
                handled = True
            except Unwinding as unwinding:
                handler = unwinding.handler
                if handler is None or handler.frame is not frame or handler.node is not node:
                    raise
                target = handler.target
                handled = True
            if handled:
                self._frame = frame
                del frame.holders[held:]
                if isinstance(target, Inline):
                    target = yield from self._steps(frame, target.steps)
            if target is None or isinstance(target, Inline) or target.name == "next":
                return None
            if target.name != "repeat" or kind.branches:
                return target

    def _begin(self, frame: Frame, node: StepNode, index: int) -> View | None:
        """A step begins: its view, or None when its `when` does not hold. Steps of a frame follow each other in one."""
        state = self._state
        frame.node, frame.index = node, index
        view = frame.view
        if view is None:
            view = frame.view = View(state, frame, node, self._run_frame)
        view.step = node
        if node.when is not None and not view.evaluate(node.when):
            return None
        count_step(frame, state.clock())
        state.hands.tell(
            "flow.step",
            {
                "flow": frame.flow.name,
                "block": frame.block,
                "step": index,
                "kind": node.kind.word,
                "name": node.name,
                "line": node.place.line,
            },
        )
        return view

    # Errors and endings

    def _raise(self, frame: Frame, node: StepNode | None, error: FlowError) -> TargetValue:
        """Tell of an error and find who handles it: the step itself, or (raised as Unwinding) somebody further out."""
        handler = find_remedy(frame, node, error)
        message = str(redacted(error.message, self._state.secret_values))
        scope = as_scope(error, message, frame)
        self._state.hands.tell(
            "flow.error",
            {
                "error": error.name,
                "message": message,
                "flow": frame.flow.name,
                "block": frame.block,
                "line": scope["line"],
                "handled_by": handler.described if handler is not None else "",
            },
        )
        (handler.frame if handler is not None else frame).error = scope
        if handler is not None and handler.frame is frame and node is not None and handler.node is node:
            return handler.target
        raise Unwinding(handler, error, scope)

    def _finished(self, result: str) -> None:
        """Tell that the flow and those that called it have ended."""
        for frame in self._frame.stack() if self._frame is not None else ():
            self._state.hands.tell("flow.finished", {"flow": frame.flow.name, "result": result})

    def _tag_error(self, error: FlowError) -> None:
        """Note an error that no flow handled in the call's record."""
        self._state.tags["error"] = error.name
        self._state.hands.tell("call.tagged", {"tags": {"error": error.name}})

    # Aside from the steps

    def _aside(self, frame: Frame, block: str) -> Step[None]:
        """Run a block for itself: its end is its end, and an error nobody handles ends it too."""
        frame.steps, frame.began, frame.handling = 0, self._state.clock(), True
        frame.visits.clear()
        frame.holders.clear()
        self._frame = frame
        target: Jump | None = Jump(block)
        while target is not None and target.name in frame.flow.blocks:
            try:
                count_visit(frame, target.name)
                frame.block = target.name
                going = yield from self._steps(frame, frame.flow.blocks[target.name].steps)
            except FlowError:
                return
            except Unwinding:
                return
            if going is None or going.name != "repeat":
                target = going

    def _wrap_up(self, frames: list[Frame]) -> Step[None]:
        for frame in frames:
            yield from self._aside(frame, frame.flow.events.hangup)

    def _time_is_over(self, frame: Frame, block: str) -> Step[FlowResult]:
        self._state.ending = None
        yield from self._aside(frame, block)
        return self._state.ending or FlowResult("hangup")
