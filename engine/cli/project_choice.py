"""Which project a command is about, and at which time: options several commands share."""

import argparse
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from engine.config import Settings, load_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from engine.flow.bundle import Bundle


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add `--project`."""
    parser.add_argument("--project", type=Path, metavar="FOLDER", help="folder with ivr_flows/ and dialplans/")


def add_time(parser: argparse.ArgumentParser) -> None:
    """Add `--at`."""
    parser.add_argument(
        "--at",
        metavar="TIME",
        help="time of the call, as 2026-12-25T10:00 in the project's zone (default: now)",
    )


def chosen_folder(options: argparse.Namespace) -> Path:
    """The project's folder: the option, else the settings."""
    if options.project is not None:
        return Path(options.project)
    return chosen_settings(options).project_dir


def chosen_settings(options: argparse.Namespace) -> Settings:
    """The settings of a command. Raises SettingsError."""
    return load_settings(options.config)


def chosen_bundle(options: argparse.Namespace) -> "Bundle":
    """The project, loaded. Raises ControlError with what is wrong in it."""
    from engine.shell.project_files import load_project

    folder = chosen_folder(options)
    loaded = load_project(folder, chosen_settings(options).tenant)
    if loaded.bundle is None:
        errors = [str(finding) for finding in loaded.findings if finding.severity == "error"]
        raise ControlError("the project has errors\n" + "\n".join(errors))
    return loaded.bundle


def chosen_time(text: str | None, timezone: str) -> float:
    """Seconds since 1970 of a written time; now, when none was written. Raises ControlError."""
    if text is None:
        return time.time()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ControlError(f"--at {text}: write a time such as 2026-12-25T10:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).timestamp()
