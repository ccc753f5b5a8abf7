"""`switchboard flow graph`: flows as pictures, shaded by the calls in them or by what their tests run."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.project_choice import add_project, chosen_bundle, chosen_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from engine.flow.bundle import Bundle
    from engine.flow.drawing.picture import Picture
    from engine.flow.drawing.tally import Tally

HELP = "draw a flow, or the project, as Mermaid, DOT or SVG"
ENDINGS = {".mmd": "mermaid", ".md": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg"}
PAGE = 500


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to draw and how."""
    parser.add_argument("flow", nargs="?", help="one flow with its blocks (default: the project's flows)")
    parser.add_argument("--blocks", action="store_true", help="the project with the blocks of every flow")
    parser.add_argument(
        "--format", choices=("mermaid", "dot", "svg"), help="default: by the ending of --output, else mermaid"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there instead of printing it")
    shades = parser.add_mutually_exclusive_group()
    shades.add_argument("--calls", action="store_true", help="shade by the calls that are in each block now")
    shades.add_argument("--ended", action="store_true", help="shade by where the newest ended calls were last")
    shades.add_argument(
        "--coverage", type=Path, metavar="FILE", help="shade by what `flow test --coverage-json FILE` wrote"
    )
    parser.add_argument("-n", "--last", type=int, default=1000, metavar="N", help="how many ended calls (default 1000)")
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    """Draw and print, or write."""
    bundle = chosen_bundle(options)
    if options.flow is not None and options.flow not in bundle.flows:
        raise ControlError(f"no flow {options.flow[:80]} (known: {', '.join(sorted(bundle.flows))})")
    form = options.format or ENDINGS.get(options.output.suffix if options.output else "", "mermaid")
    text = drawn(_picture(options, bundle, _tally(options, bundle)), form)
    if options.output is None:
        print(text, end="")
        return 0
    try:
        options.output.write_text(text, "utf-8")
    except OSError as error:
        raise ControlError(f"{options.output} cannot be written: {error.strerror}") from None
    print(options.output)
    return 0


def drawn(picture: "Picture", form: str) -> str:
    """A picture as text: Mermaid (a page of several charts when it is large), DOT, or SVG."""
    from engine.flow.drawing.dot import dot
    from engine.flow.drawing.mermaid import mermaid, mermaid_page
    from engine.flow.drawing.parts import parts_of
    from engine.shell.graphviz import svg_of

    if form == "mermaid":
        parts = parts_of(picture)
        return mermaid(picture) if len(parts) == 1 else mermaid_page(parts)
    text = dot(picture)
    return svg_of(text) if form == "svg" else text


def _picture(options: argparse.Namespace, bundle: "Bundle", tally: "Tally | None") -> "Picture":
    from engine.flow.drawing.flow_picture import flow_picture
    from engine.flow.drawing.project_picture import project_blocks_picture, project_picture

    if options.flow is not None:
        return flow_picture(bundle.flows[options.flow], bundle.prompts, tally)
    return project_blocks_picture(bundle, tally) if options.blocks else project_picture(bundle, tally)


def _tally(options: argparse.Namespace, bundle: "Bundle") -> "Tally | None":
    from engine.flow.drawing.tally import calls_tally, coverage_tally

    if options.coverage is not None:
        try:
            text = options.coverage.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ControlError(f"{options.coverage} cannot be read: {error}") from None
        return coverage_tally(text, str(options.coverage))
    if options.calls or options.ended:
        return calls_tally(list(_places(options, bundle)))
    return None


def _places(options: argparse.Namespace, bundle: "Bundle") -> Iterator[dict[str, Any] | None]:
    """Where calls are, or were when they ended, of every tenant that has a flow in the picture."""
    from engine.api.ports.calls import CallFilter
    from engine.cli.events import redis_address
    from engine.shell.records.call_records import CallRecords
    from engine.shell.store import connect

    settings = chosen_settings(options)
    flows = [bundle.flows[options.flow]] if options.flow is not None else list(bundle.flows.values())
    wanted = CallFilter(state="live" if options.calls else "ended")
    with redis_address(settings) as url:
        records = CallRecords(connect(url), keep_hours=settings.webhooks.keep_calls_hours)
        for tenant in sorted({flow.tenant for flow in flows}):
            taken, most = 0, options.last if options.ended else 10**9
            while taken < most:
                page, _ = records.list(tenant, wanted, min(PAGE, most - taken), taken)
                yield from (json.loads(call)["place"] for call in page)
                taken += len(page)
                if not page:
                    break
