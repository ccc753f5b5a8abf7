"""The process: patched before anything else is imported, started quickly, exit codes passed on."""

import subprocess
import sys
from pathlib import Path


def python(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_exit_code_is_the_commands(tmp_path: Path) -> None:
    assert python("-m", "engine", "--version", folder=tmp_path).returncode == 0
    failed = python("-m", "engine", "flow", "check", folder=tmp_path)
    assert failed.returncode == 2
    assert failed.stderr.startswith("switchboard: ")


def test_everything_is_patched_before_it_is_imported(tmp_path: Path) -> None:
    code = (
        "import engine.__main__, socket, ssl, threading\n"
        "from gevent import monkey\n"
        "assert all(map(monkey.is_module_patched, ('socket', 'ssl', 'threading', 'subprocess', 'time')))\n"
    )
    done = python("-W", "error", "-c", code, folder=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_command_imports_only_what_it_needs(tmp_path: Path) -> None:
    code = (
        "import sys, engine.__main__\n"
        "engine.__main__.run_command(['config', 'show'])\n"
        "heavy = {'redis', 'requests', 'rich', 'holidays', 'engine.sim', 'engine.shell.engine'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = python("-c", code, folder=tmp_path)
    assert done.returncode == 0, done.stderr
