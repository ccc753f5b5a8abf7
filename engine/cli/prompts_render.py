"""`switchboard prompts render`: speak every constant prompt ahead of the first call."""

import argparse

from engine.cli.project_choice import add_project, chosen_bundle, chosen_settings

HELP = "speak every prompt ahead of the first call"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the project."""
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    """Render with a progress bar; 1 when a prompt could not be spoken."""
    from engine.cli.screen import console, progress_bar
    from engine.shell.prompt_stock import constant_speeches
    from engine.shell.prompts import Prompts

    speeches = constant_speeches(chosen_bundle(options))
    settings = chosen_settings(options)
    screen = console()
    with progress_bar(screen) as progress:
        task = progress.add_task("speaking", total=len(speeches))
        done = Prompts(settings).render_all(speeches, lambda state: progress.update(task, completed=state.done))
    for failure in done.failed:
        screen.print(failure, style="red")
    screen.print(f"{done.done - len(done.failed)} prompts are ready in {settings.prompt_cache}")
    return int(bool(done.failed))
