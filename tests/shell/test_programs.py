"""Child programs: output, exit codes, deadlines, bounds, and nothing left behind."""

import os
import sys
from pathlib import Path

import gevent
import pytest

from engine.core.errors import ProviderError
from engine.shell.programs import output_of, run


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_input_output_and_exit_code() -> None:
    code = (
        "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1]); print('e', file=sys.stderr); sys.exit(3)"
    )
    content = bytes(range(256)) * 4000
    finished = run(python(code), stdin=content, timeout=20)
    assert finished.code == 3
    assert finished.stdout == content[::-1]
    assert finished.stderr == b"e\n"


def test_a_program_that_ignores_its_input_is_not_at_fault() -> None:
    assert run(python("print('hi')"), stdin=b"x" * 1_000_000, timeout=20).stdout == b"hi\n"


def test_a_missing_program_is_a_provider_error() -> None:
    with pytest.raises(ProviderError, match="no-such-program: cannot be started"):
        run(["no-such-program"], timeout=5)


def test_a_failing_program_is_quoted() -> None:
    with pytest.raises(ProviderError, match="exit code 2: no such voice"):
        output_of(python("import sys; print('no such voice', file=sys.stderr); sys.exit(2)"), timeout=20)
    with pytest.raises(ProviderError, match="killed by signal 9"):
        output_of(python("import os; os.kill(os.getpid(), 9)"), timeout=20)


def alive(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


def grandchild(pid_file: Path) -> list[str]:
    """A program that starts another, notes its pid, and both sleep."""
    return python(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pid_file) + '.new'!r}, 'w').write(str(child.pid))\n"
        f"import os; os.rename({str(pid_file) + '.new'!r}, {str(pid_file)!r})\n"
        "time.sleep(600)"
    )


def wait_until(condition, seconds: float = 20) -> None:
    with gevent.Timeout(seconds):
        while not condition():
            gevent.sleep(0.01)


def test_a_killed_waiter_takes_the_program_and_its_children_along(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    waiter = gevent.spawn(run, grandchild(pid_file), timeout=600)
    wait_until(pid_file.exists)
    waiter.kill()
    wait_until(lambda: not alive(pid_file))


def test_a_program_over_its_deadline_is_killed() -> None:
    with pytest.raises(ProviderError, match=r"not finished after 0\.2 s"):
        run(python("import time; time.sleep(600)"), timeout=0.2)


def test_endless_output_is_cut() -> None:
    endless = "import os\nwhile True: os.write(1, b'x' * 65536)"
    with pytest.raises(ProviderError, match="wrote more than 1000000 bytes"):
        run(python(endless), timeout=60, max_output=1_000_000)


def test_others_run_meanwhile() -> None:
    turns = []
    other = gevent.spawn(lambda: [turns.append(gevent.sleep(0)) for _ in range(10)])
    run(python("input()"), stdin=b"\n", timeout=20)
    other.join()
    assert len(turns) == 10


def test_no_file_stays_open() -> None:
    run(python("pass"), timeout=20)
    before = set(Path("/proc/self/fd").iterdir())
    for _ in range(3):
        run(python("pass"), timeout=20)
    assert len(set(Path("/proc/self/fd").iterdir())) == len(before)
