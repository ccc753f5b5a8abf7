"""`switchboard flow diff`: what differs between two versions of the flows: blocks, branches, prompts, numbers."""

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.project_choice import chosen_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from engine.flow.bundle import Bundle
    from engine.flow.difference.change import Change

HELP = "show what differs between two versions of the flows"
MARKS = {"added": ("+ ", "green"), "removed": ("- ", "red"), "changed": ("~ ", "yellow")}
_ID = re.compile(r"[0-9a-f]{4,12}\Z")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two versions and the form."""
    parser.add_argument("before", metavar="A", help="a project's folder, or a version that Redis keeps")
    parser.add_argument("after", metavar="B", nargs="?", help="the same (default: the project)")
    parser.add_argument("--json", action="store_true", help="the differences as a JSON list")


def run(options: argparse.Namespace) -> int:
    """Print the differences; 1 when there are any."""
    from engine.cli.screen import console, print_tree
    from engine.flow.difference.bundle_diff import bundle_diff

    before = version(options, options.before)
    after = version(options, options.after or str(chosen_settings(options).project_dir))
    changes = bundle_diff(before, after)
    if options.json:
        print(json.dumps([change.as_json() for change in changes], ensure_ascii=False, indent=2))
    elif changes:
        print_tree(console(), changes_tree(f"{before.id} -> {after.id}", changes))
    else:
        same = before.id == after.id
        console().print(f"no difference{'' if same else ' but in how it is written'}", style="green")
    return int(bool(changes))


def version(options: argparse.Namespace, named: str) -> "Bundle":
    """The version in a folder, or the one Redis keeps under an id or its beginning. Raises ControlError."""
    from engine.shell.project_files import ProjectFiles, load_project

    settings = chosen_settings(options)
    folder = Path(named)
    if folder.is_dir() or not _ID.match(named):
        if not (folder / "ivr_flows").is_dir():
            raise ControlError(f"{named[:200]}: no project here (a folder that holds ivr_flows/), and no version's id")
        loaded = load_project(folder, settings.tenant)
        if loaded.bundle is None:
            errors = sum(finding.severity == "error" for finding in loaded.findings)
            raise ControlError(f"{named}: {errors} errors (see: flow check {named})")
        return loaded.bundle

    from engine.cli.events import redis_address
    from engine.shell.kept_bundles import KeptBundles
    from engine.shell.store import connect

    with redis_address(settings) as url:
        name, sources = KeptBundles(connect(url)).sources(named)
    bundle = ProjectFiles(settings).rebuild(sources)
    if bundle is None:
        raise ControlError(f"the version {name} cannot be loaded by this release")
    return bundle


def changes_tree(title: str, changes: "tuple[Change, ...]") -> "Tree":
    """The differences as a tree, what was added green, removed red, changed yellow."""
    from rich.text import Text
    from rich.tree import Tree

    def add(branch: Tree, found: "tuple[Change, ...]") -> None:
        for change in found:
            add(branch.add(_line(change)), change.parts)

    root = Tree(Text(title, "dim"))
    add(root, changes)
    return root


def _line(change: "Change") -> "Text":
    from rich.text import Text

    mark, style = MARKS[change.sort]
    line = Text.assemble((mark, style), (change.what, f"bold {style}" if change.sort != "changed" else "bold"))
    if change.before:
        line.append(f"  {change.before}", "red")
    if change.before and change.after:
        line.append(" ->")
    if change.after:
        line.append(f"  {change.after}" if not change.before else f" {change.after}", "green")
    if change.where:
        line.append(f"  {change.where}", "dim")
    return line
