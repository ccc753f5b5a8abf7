"""Finds the command that was asked for, reads its arguments, runs it, and says plainly what went wrong."""

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from engine import __version__
from engine import cli as commands_package
from engine.core.errors import EngineError, FlowError

NO_COMMANDS = ("main", "screen", "project_choice", "key_store", "beside_process")
"""Modules of this package that are not commands."""
INTERRUPTED = 130
FAILED = 2


class Command(Protocol):
    """What a command module offers."""

    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it; the exit code."""


def command_words() -> tuple[tuple[str, ...], ...]:
    """Every command as its words."""
    names = (module.name for module in iter_modules(commands_package.__path__) if not module.ispkg)
    return tuple(tuple(_words(name)) for name in sorted(names) if name not in NO_COMMANDS)


def _words(module: str) -> list[str]:
    """`flow_check` is `flow check`, but `freeswitch_conf` is one word on the command line."""
    first, _, rest = module.partition("_")
    return [module.replace("_", "-")] if not rest or first not in GROUPS else [first, rest.replace("_", "-")]


GROUPS = {
    "flow": "check and try flows",
    "prompts": "what callers hear",
    "config": "the settings",
    "key": "API keys",
    "calls": "calls that are and that were",
}
"""First words that stand before a second one."""


def load_command(words: Sequence[str]) -> Command:
    """The module of a command."""
    command: Command = import_module(f"engine.cli.{'_'.join(words).replace('-', '_')}")
    return command


def run_command(arguments: Sequence[str]) -> int:
    """Run `switchboard ARGUMENTS` and return its exit code. Errors are one line each, never a traceback."""
    try:
        return _run(arguments)
    except FlowError as error:
        print(f"switchboard: {error.message}", file=sys.stderr)
    except EngineError as error:
        print(f"switchboard: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the exit does not fail on it again
        return 0
    return FAILED


def _run(arguments: Sequence[str]) -> int:
    known = command_words()
    words = next((command for command in known if tuple(arguments[: len(command)]) == command), None)
    if words is None:
        return _no_command(arguments, known)
    options = make_parser(words).parse_args(list(arguments[len(words) :]))
    return load_command(words).run(options)


class _Help(argparse.RawTextHelpFormatter):
    """Help of one width, whatever the terminal: the reference pages hold it too."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=100)


def make_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of one command."""
    command = load_command(words)
    parser = argparse.ArgumentParser(
        prog=f"switchboard {' '.join(words)}", description=command.HELP, formatter_class=_Help
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: ./switchboard.toml)")
    command.arguments(parser)
    return parser


def _no_command(arguments: Sequence[str], known: Sequence[Sequence[str]]) -> int:
    if arguments and arguments[0] in ("--version", "-V"):
        print(f"switchboard {__version__}")
        return 0
    asked_help = not arguments or arguments[0] in ("-h", "--help", "help")
    group = arguments[0] if arguments and arguments[0] in GROUPS else None
    shown = [words for words in known if group is None or words[0] == group]
    lines = ["usage: switchboard COMMAND [OPTIONS]", ""]
    lines += [f"  {' '.join(words):18} {load_command(words).HELP}" for words in shown]
    lines += ["", "`switchboard COMMAND --help` says more about one of them."]
    if asked_help or (group and list(arguments[1:]) in ([], ["-h"], ["--help"])):
        print("\n".join(lines))
        return 0
    wanted = " ".join(arguments[:2] if group else arguments[:1])
    names = [" ".join(words) for words in known]
    close = difflib.get_close_matches(" ".join(arguments[:2]), names, 1) or difflib.get_close_matches(wanted, names, 1)
    advice = f", did you mean `{close[0]}`?" if close else "; `switchboard` lists all of them"
    print(f"switchboard: no such command: {wanted}{advice}", file=sys.stderr)
    return FAILED
