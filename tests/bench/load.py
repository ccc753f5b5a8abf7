"""The bench call by the thousand: SIPp places calls at a rate and tells how each was answered."""

import csv
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.acceptance.sipp import free_udp_port

KEYS = Path("/usr/share/sip-tester")
"""Where Debian keeps SIPp's recordings of keys."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a run; times from INVITE to 200 in milliseconds."""

    calls: int
    failed: int
    median_ms: float
    p99_ms: float
    output: str


def place_calls(remote: tuple[str, int], folder: Path, *, rate: int, seconds: int, service: str) -> Load:
    """`rate` bench calls a second for `seconds`. Blocks until the last call has ended."""
    folder.mkdir(parents=True, exist_ok=True)
    scenario = folder / "bench_call.xml"
    scenario.write_text((Path(__file__).parent / "bench_call.xml").read_text().replace("@KEYS@", str(KEYS)))
    command = [
        "sipp", f"{remote[0]}:{remote[1]}", "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(free_udp_port()),
        "-s", service, "-m", str(rate * seconds), "-r", str(rate), "-l", "5000", "-mp", str(free_udp_port()),
        "-nostdin", "-trace_rtt", "-rtt_freq", "1",
        "-trace_stat", "-stf", str(folder / "stats.csv"), "-trace_err", "-error_file", str(folder / "errors.log"),
        "-timeout", str(seconds + 60), "-skip_rlimit",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    with (folder / "stats.csv").open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    if not int(last["TotalCallCreated"]):
        raise RuntimeError(f"SIPp placed no call: {run.stderr[-500:]} {(folder / 'errors.log').read_text()[-500:]}")
    times: list[float] = []
    for path in folder.glob("*_rtt.csv"):
        with path.open() as file:
            times += [float(row["response_time_ms"]) for row in csv.DictReader(file, delimiter=";")]
    times.sort()
    return Load(
        int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), median(times) if times else 0.0,
        times[min(len(times) - 1, int(len(times) * 0.99))] if times else 0.0, run.stderr[-2000:],
    )  # fmt: skip
