"""`switchboard calls show`: one call and everything it went through, step by step, with what the author wrote there."""

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.cli.project_choice import chosen_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from engine.config import Settings
    from engine.shell.kept_bundles import KeptBundles

HELP = "show a call with everything it went through"
PAGE = 500
LINE_WIDTH = 72
"""Characters of an author's line that are shown beside a step."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which call and how it is shown."""
    parser.add_argument("call", metavar="ID", help="the call's id")
    parser.add_argument("--json", action="store_true", help="as JSON: the call with its trace")


def run(options: argparse.Namespace) -> int:
    """Print it. Raises ControlError when there is no such call."""
    from engine.cli.events import redis_address
    from engine.cli.screen import console, print_tree
    from engine.shell.kept_bundles import KeptBundles
    from engine.shell.records.call_records import CallRecords
    from engine.shell.store import connect

    settings = chosen_settings(options)
    with redis_address(settings) as url:
        client = connect(url)
        records = CallRecords(client, keep_hours=settings.webhooks.keep_calls_hours)
        tenant = records.tenant_of(options.call)
        text = records.get(tenant, options.call) if tenant is not None else None
        if tenant is None or text is None:
            raise ControlError(f"there is no call {options.call[:80]}, or it is not remembered any more")
        call = json.loads(text)
        trace: list[dict[str, Any]] = []
        while (page := records.trace(tenant, options.call, PAGE, len(trace))) is not None and page[0]:
            trace += [json.loads(event) for event in page[0]]
        written = Written(call, sources_of(call["bundle"], settings, KeptBundles(client)))
    if options.json:
        lines = written.lines(trace)
        print(json.dumps({"call": call, "trace": trace, "lines": lines}, ensure_ascii=False, indent=2))
        return 0
    screen = console()
    screen.print(_head(call))
    print_tree(screen, trace_tree(call, trace, written))
    return 0


def sources_of(bundle: str, settings: "Settings", kept: "KeptBundles") -> dict[str, str]:
    """The files of the version a call ran, from Redis, or the project if it still is that version; else none."""
    from engine.flow.builtin import SOURCES
    from engine.shell.project_files import load_project

    texts = kept.texts(bundle) if bundle else {}
    if not texts and bundle:
        own = load_project(settings.project_dir, settings.tenant).bundle
        texts = dict(own.sources) if own is not None and own.id == bundle else {}
    return {**SOURCES, **texts}


class Written:
    """What authors wrote in the version of the flows that a call ran."""

    def __init__(self, call: dict[str, Any], sources: Mapping[str, str]) -> None:
        self._files = {known["flow"]: known["file"] for known in call["flows"]}
        self._sources = sources

    def place(self, told: dict[str, Any]) -> str:
        """Where a step stands, as `file:line`; only `line 7` when its file is not known."""
        file = self._files.get(told["flow"], "")
        return f"{file}:{told['line']}" if file else f"line {told['line']}"

    def line(self, told: dict[str, Any]) -> str:
        """The line a step begins with; nothing when it is not known any more."""
        from engine.flow.reports.excerpt import lines_of

        lines = lines_of(self._sources.get(self._files.get(told["flow"], ""), ""))
        number = told["line"]
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def lines(self, trace: list[dict[str, Any]]) -> dict[str, str]:
        """The lines of all steps of a trace, by their places."""
        steps = [event["data"] for event in trace if event["type"] == "flow.step"]
        return {self.place(told): line for told in steps if (line := self.line(told))}


def _head(call: dict[str, Any]) -> "Text":
    from rich.text import Text

    from engine.cli.calls_list import began_text, plain, seconds_text

    head = Text.assemble(
        (call["id"], "bold"), f"  {call['direction']}  {plain(call['caller'])} -> {plain(call['called'])}\n"
    )
    head.append(f"{began_text(call)}  switch {call['switch']}  tenant {call['tenant']}  ")
    if call["state"] == "live":
        head.append("live", "green")
    else:
        head.append(f"{call['cause'] or call['reason']}, {seconds_text(call)}")
    for name, value in call["tags"].items():
        head.append(f"\n  tag {plain(name)} = {plain(str(value))}")
    for recording in call["recordings"]:
        head.append(f"\n  recording {plain(recording['path'] or '')}")
    return head


def trace_tree(call: dict[str, Any], trace: list[dict[str, Any]], written: Written | None = None) -> "Tree":
    """The flows a call went through as branches, their steps with file and line, and what happened in each."""
    from rich.text import Text
    from rich.tree import Tree

    from engine.cli.events import LOUD, fields_text

    files = {known["flow"]: known["file"] for known in call["flows"]}
    written = written or Written(call, {})
    root = Tree(Text("trace", "dim"))
    open_flows: list[Tree] = []
    here = root
    for event in trace:
        kind, told = event["type"], event["data"]
        line = Text(f"{_since(call, event):>9}  ", "dim")
        if kind == "flow.started":
            if "parent" not in told:
                open_flows.clear()
            line.append_text(Text.assemble((f"flow {told['flow']}", "bold cyan"), f"  {files.get(told['flow'], '')}"))
            here = (open_flows[-1] if open_flows else root).add(line)
            open_flows.append(here)
        elif kind == "flow.step":
            line.append_text(_step(told, written))
            here = (open_flows[-1] if open_flows else root).add(line)
        else:
            if kind == "flow.finished" and open_flows:
                open_flows.pop()
                here = open_flows[-1] if open_flows else root
            elif kind == "call.ended":
                here = root
            line.append(f"{kind} ", LOUD.get(kind, "green"))
            line.append(fields_text(told))
            if kind == "flow.error" and told.get("line"):
                line.append_text(_source(told, written))
            here.add(line)
    return root


def _since(call: dict[str, Any], event: dict[str, Any]) -> str:
    from datetime import datetime

    passed = datetime.fromisoformat(event["timestamp"]) - datetime.fromisoformat(call["started_at"])
    return f"+{passed.total_seconds():.3f}s"


def _step(told: dict[str, Any], written: Written) -> "Text":
    from rich.text import Text

    name = f' "{told["name"]}"' if told.get("name") else ""
    line = Text.assemble(f"{told['block']}[{told['step']}] ", (str(told["kind"]), "cyan"), name)
    line.append_text(_source(told, written))
    return line


def _source(told: dict[str, Any], written: Written) -> "Text":
    """Where a step stands, and what stands there."""
    from rich.text import Text

    from engine.cli.calls_list import plain

    text = written.line(told)
    shown = plain(text if len(text) <= LINE_WIDTH else text[: LINE_WIDTH - 1] + "…")
    return Text.assemble((f"  {written.place(told)}", "dim"), (f"  {shown}" if shown else "", "italic"))
