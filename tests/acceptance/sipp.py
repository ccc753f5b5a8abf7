"""Runs SIPp scenarios as child processes. SIPp speaks SIP only; its SDP names an `RtpEar` of the test for the media.

The scenarios in `scenarios/` use these keywords, all with a default that a test can replace by `keys`: `caller`,
`caller_name`, `ear_ip`, `ear_port`, `payload` and `encoding` (0 and PCMU, or 8 and PCMA), and for agents' phones
`domain` and `contact_port`. SIPp 3.6.1, as in Debian 12, runs them.
"""

import contextlib
import os
import random
import re
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"
ALL_CALLS_SUCCEEDED = 0
SOME_CALL_FAILED = 1
_PORTS = 10_000, 16_000


@dataclass(frozen=True, slots=True)
class SippRun:
    """How a SIPp process ended. `stats` are its counters by name, as `SuccessfulCall`; `log` is for a person."""

    exit_code: int
    stats: Mapping[str, int]
    log: str = field(repr=False)

    @property
    def succeeded(self) -> bool:
        return self.exit_code == ALL_CALLS_SUCCEEDED


@dataclass(slots=True)
class SippProcess:
    """A SIPp that is running. `messages` and `remote_media` read its traces while it runs."""

    port: int
    folder: Path
    child: "subprocess.Popen[bytes]" = field(repr=False)

    def wait(self, timeout: float = 30.0) -> SippRun:
        """Wait until SIPp ends by itself; a SIPp that does not is killed and reported with exit code -9."""
        try:
            code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            code = self.child.wait()
        return SippRun(code, _stats(self.folder / "stats.csv"), self._log())

    def kill(self) -> None:
        """End SIPp at once, as a phone whose cable is pulled: it says no BYE."""
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def messages(self) -> str:
        """Every SIP message so far, sent and received."""
        return _text(self.folder / "messages.log")

    def wait_for_message(self, pattern: str, timeout: float = 10.0, *, count: int = 1) -> bool:
        """Wait until `pattern` (a regular expression) was seen `count` times in the messages."""
        return _wait(lambda: len(re.findall(pattern, self.messages())) >= count, timeout)

    def media(self) -> tuple[str, int] | None:
        """The address the switch wants RTP at, from its last SDP so far."""
        found = re.findall(r"^media ([\d.]+) (\d+)$", _text(self.folder / "media.log"), re.MULTILINE)
        return (found[-1][0], int(found[-1][1])) if found else None

    def remote_media(self, timeout: float = 10.0) -> tuple[str, int]:
        """The same, waited for. Raises AssertionError when none comes in time."""
        _wait(lambda: self.media() is not None, timeout)
        media = self.media()
        assert media is not None, f"the switch sent no SDP\n{self._log()}"
        return media

    def _log(self) -> str:
        files = [self.folder / name for name in ("output.log", "messages.log")]
        return "\n".join(f"--- {file}\n{_text(file)[-20000:]}" for file in files)


def start_sipp(
    scenario: str | Path,
    folder: Path,
    *,
    remote: tuple[str, int] | None = None,
    service: str = "100",
    calls: int = 1,
    rate: float = 50.0,
    pause: int = 0,
    local_port: int | None = None,
    user: str = "",
    password: str = "",
    keys: Mapping[str, str | int] | None = None,
    blanks: Mapping[str, str | int] | None = None,
    host: str = "127.0.0.1",
) -> SippProcess:
    """Start SIPp with a scenario (a name in `scenarios/` or a path), its traces in the new folder `folder`.

    `remote` is whom to call; without it SIPp waits for calls. `calls` is how many it makes or takes before it ends,
    `pause` the milliseconds of a pause the scenario leaves open, `keys` are values for [keywords], `blanks` for
    @{blanks} (what SIPp wants literally, as a response code). Returns once SIPp has bound its port.
    """
    folder.mkdir(parents=True)
    source = scenario if isinstance(scenario, Path) else SCENARIOS / scenario
    filled = folder / source.name
    filled.write_text(_fill(source.read_text(encoding="utf-8"), {"pause": pause, **(blanks or {})}), encoding="utf-8")
    port = local_port or free_udp_port(host)
    values: dict[str, str | int] = {
        "caller": "+15550001000",
        "caller_name": "Caller",
        "ear_ip": host,
        "ear_port": 9,
        "payload": 0,
        "encoding": "PCMU",
        "domain": "switchboard.local",
        "contact_port": port,
        **(keys or {}),
    }
    command = ["sipp", f"{remote[0]}:{remote[1]}"] if remote else ["sipp"]
    command += ["-sf", str(filled), "-i", host, "-p", str(port), "-s", service]
    command += ["-m", str(calls), "-l", str(max(calls, 1)), "-r", str(rate), "-d", str(pause)]
    command += ["-au", user, "-ap", password] if user else []
    command += [part for name, value in values.items() for part in ("-key", name, str(value))]
    command += ["-nostdin", "-skip_rlimit", "-fd", "1"]
    command += ["-trace_err", "-error_file", str(folder / "errors.log")]
    command += ["-trace_msg", "-message_file", str(folder / "messages.log")]
    command += ["-trace_logs", "-log_file", str(folder / "media.log")]
    command += ["-trace_stat", "-stf", str(folder / "stats.csv")]
    with (folder / "output.log").open("wb") as output:
        child = subprocess.Popen(
            [os.fsencode(part) for part in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TERM": "dumb"},
        )
    process = SippProcess(port, folder, child)
    bound = _wait(lambda: child.poll() is not None or _is_bound(port), 10.0)
    assert bound, f"SIPp did not bind port {port}\n{_text(folder / 'output.log')}"
    refused = child.poll() not in (None, ALL_CALLS_SUCCEEDED, SOME_CALL_FAILED)
    assert not refused, f"SIPp did not run the scenario\n{_text(folder / 'output.log')}"
    return process


def run_sipp(scenario: str | Path, folder: Path, *, timeout: float = 30.0, **options: object) -> SippRun:
    """`start_sipp` with the same options, then wait for its end."""
    return start_sipp(scenario, folder, **options).wait(timeout)  # type: ignore[arg-type]


def free_udp_port(host: str = "127.0.0.1") -> int:
    """A UDP port nobody has bound right now, of a range from which neither the system nor a switch's RTP takes any."""
    while True:
        port = random.randrange(*_PORTS)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.bind((host, port))
            return port


def free_tcp_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _fill(text: str, blanks: Mapping[str, str | int]) -> str:
    return re.sub(r"@\{([a-z_]+)\}", lambda blank: str(blanks[blank[1]]), text)


def _is_bound(port: int) -> bool:
    """Whether some process has bound the UDP port. Read from the kernel: a trial bind could be in SIPp's own way."""
    sockets = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return any(int(line.split()[1].rpartition(":")[2], 16) == port for line in sockets)


def _wait(condition: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _stats(path: Path) -> dict[str, int]:
    """The cumulative counters, `Name(C)` in the header, from the last line SIPp wrote."""
    lines = _text(path).splitlines()
    if len(lines) < 2:
        return {}
    columns = zip(lines[0].split(";"), lines[-1].split(";"), strict=False)
    counters = ((name, value) for name, value in columns if name.endswith("(C)") and value.isdecimal())
    return {name.removesuffix("(C)"): int(value) for name, value in counters}
