"""The set-up script: installs what is missing and nothing else, and says what it cannot do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "redis-server", "sip-tester", "espeak-ng", "asterisk-core-sounds-en-wav", "asterisk-moh-opsound-wav",
    "graphviz",
}  # fmt: skip
TOOLS = ("sh", "env", "cat", "cksum", "grep", "dirname", "rm")


class Machine:
    """A machine with only these programs, each of which notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/install", folder / "scripts")
        shutil.copy(ROOT / "pyproject.toml", folder)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self.bin / tool).symlink_to(found)
        venv = folder / ".venv/bin"
        venv.mkdir(parents=True)
        self.program("python3.11", "exit 0")
        self.program("id", "echo 1000")
        self.has(PACKAGES)
        self.program("apt-get", "exit 0")
        for name in ("python", "switchboard"):
            self.program(name, "exit 0", venv)

    def program(self, name: str, script: str, where: Path | None = None) -> None:
        file = (where or self.bin) / name
        file.unlink(missing_ok=True)
        file.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.folder}/calls"\n{script}\n')
        file.chmod(0o755)

    def has(self, packages: set[str]) -> None:
        names = "|".join(sorted(packages)) or "none"
        self.program("dpkg-query", f'for last; do :; done\ncase "$last" in {names}) echo installed;; *) exit 1;; esac')

    def install(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", str(self.folder / "scripts/install"), *arguments],
            env={"PATH": str(self.bin), "HOME": os.environ["HOME"]}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def called(self, name: str) -> list[str]:
        calls = self.folder / "calls"
        return (
            [line for line in calls.read_text().splitlines() if line.startswith(f"{name} ")] if calls.exists() else []
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_there_is_left_alone(machine: Machine) -> None:
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert machine.called("apt-get") == []
    assert any("pip install" in call for call in machine.called("python"))


def test_the_second_time_there_is_nothing_to_do(machine: Machine) -> None:
    machine.install()
    first = len(machine.called("python"))
    done = machine.install()
    assert (done.returncode, done.stdout) == (0, "")
    assert len(machine.called("python")) == first
    (machine.folder / "pyproject.toml").write_text("changed")
    machine.install()
    assert len(machine.called("python")) > first


def test_root_installs_what_is_missing(machine: Machine) -> None:
    machine.program("id", "echo 0")
    machine.has(PACKAGES - {"sip-tester", "espeak-ng"})
    done = machine.install()
    assert done.returncode == 0, done.stderr
    (call,) = machine.called("apt-get")
    assert "sip-tester espeak-ng" in call
    assert "redis-server" not in call
    assert "installing from Debian: sip-tester espeak-ng" in done.stdout


def test_only_the_tests_need_a_browser(machine: Machine) -> None:
    machine.program("id", "echo 0")
    assert machine.install().returncode == 0
    assert machine.called("apt-get") == []
    assert machine.install("--tests").returncode == 0
    (call,) = machine.called("apt-get")
    assert call.endswith(" chromium fonts-dejavu-core") or " chromium fonts-dejavu-core " in call


def test_others_use_sudo(machine: Machine) -> None:
    machine.has(PACKAGES - {"sip-tester"})
    machine.program("sudo", '"$@"')
    assert machine.install().returncode == 0
    assert machine.called("sudo")
    assert "sip-tester" in machine.called("apt-get")[0]


def test_without_root_and_sudo_it_says_what_to_ask_for(machine: Machine) -> None:
    machine.has(PACKAGES - {"sip-tester"})
    done = machine.install()
    assert done.returncode == 1
    assert "apt-get install sip-tester" in done.stderr
    assert machine.called("apt-get") == []


def test_a_failed_installation_is_an_error(machine: Machine) -> None:
    machine.program("id", "echo 0")
    machine.has(set())
    machine.program("apt-get", "exit 100")
    done = machine.install()
    assert done.returncode == 1
    assert "could not install" in done.stderr


def test_another_system_is_told_which_program_is_missing(machine: Machine) -> None:
    (machine.bin / "apt-get").unlink()
    done = machine.install()
    assert done.returncode == 1
    assert "redis-server is missing" in done.stderr
