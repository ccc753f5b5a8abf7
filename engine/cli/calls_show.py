"""`switchboard calls show`: one call and everything it went through, step by step, with the author's file and line."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from engine.cli.project_choice import chosen_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

HELP = "show a call with everything it went through"
PAGE = 500


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which call and how it is shown."""
    parser.add_argument("call", metavar="ID", help="the call's id")
    parser.add_argument("--json", action="store_true", help="as JSON: the call with its trace")


def run(options: argparse.Namespace) -> int:
    """Print it. Raises ControlError when there is no such call."""
    from engine.cli.events import redis_address
    from engine.cli.screen import console
    from engine.shell.records.call_records import CallRecords
    from engine.shell.store import connect

    settings = chosen_settings(options)
    with redis_address(settings) as url:
        records = CallRecords(connect(url), keep_hours=settings.webhooks.keep_calls_hours)
        tenant = records.tenant_of(options.call)
        text = records.get(tenant, options.call) if tenant is not None else None
        if tenant is None or text is None:
            raise ControlError(f"there is no call {options.call[:80]}, or it is not remembered any more")
        call = json.loads(text)
        trace: list[dict[str, Any]] = []
        while (page := records.trace(tenant, options.call, PAGE, len(trace))) is not None and page[0]:
            trace += [json.loads(event) for event in page[0]]
    if options.json:
        print(json.dumps({"call": call, "trace": trace}, ensure_ascii=False, indent=2))
        return 0
    screen = console()
    screen.print(_head(call))
    screen.print(trace_tree(call, trace))
    return 0


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


def trace_tree(call: dict[str, Any], trace: list[dict[str, Any]]) -> "Tree":
    """The flows a call went through as branches, their steps with file and line, and what happened in each."""
    from rich.text import Text
    from rich.tree import Tree

    from engine.cli.events import LOUD, fields_text

    files = {known["flow"]: known["file"] for known in call["flows"]}
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
            line.append_text(_step(told, files))
            here = (open_flows[-1] if open_flows else root).add(line)
        else:
            if kind == "flow.finished" and open_flows:
                open_flows.pop()
                here = open_flows[-1] if open_flows else root
            elif kind == "call.ended":
                here = root
            line.append(f"{kind} ", LOUD.get(kind, "green"))
            line.append(fields_text(told))
            here.add(line)
    return root


def _since(call: dict[str, Any], event: dict[str, Any]) -> str:
    from datetime import datetime

    passed = datetime.fromisoformat(event["timestamp"]) - datetime.fromisoformat(call["started_at"])
    return f"+{passed.total_seconds():.3f}s"


def _step(told: dict[str, Any], files: dict[str, str]) -> "Text":
    from rich.text import Text

    name = f' "{told["name"]}"' if told.get("name") else ""
    file = files.get(told["flow"], "")
    return Text.assemble(
        f"{told['block']}[{told['step']}] ", (str(told["kind"]), "cyan"), name,
        (f"  {file}:{told['line']}" if file else f"  line {told['line']}", "dim"),
    )  # fmt: skip
