"""Load, by Debian's wrk: as many connections as asked, each sending its next request when it has its answer."""

import json
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).with_name("requests.lua")
CONNECTIONS = 64
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Request:
    """One request of a load."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    def line(self) -> str:
        """As the script reads it."""
        headers = "|".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method}\t{self.path}\t{headers}\t{self.body}"


@dataclass(frozen=True)
class Measured:
    """What came of a load.

    Args:
        rate: answers a second; p50, p99, longest: milliseconds.
        refused: answers of 400 and more; broken: connections or answers that failed.
        found: answers that held the text looked for.
        load: the generator's own share of all cores, 0 to 1.
    """

    rate: float
    p50: float
    p99: float
    longest: float
    requests: int
    seconds: float
    refused: int
    broken: int
    found: int
    statuses: Mapping[str, int]
    load: float


def fire(
    base: str,
    requests: Iterable[Request],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    repeat: bool = False,
    pause: float = 0.0,
    looked_for: str = "",
) -> Measured:
    """Send requests to a server, each once (or over and over) until time or requests are over.

    Args:
        pause: mean milliseconds that each connection waits after an answer; for loads below the most.
        looked_for: a text that is counted in the answers.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=True) as file:
        file.writelines(f"{request.line()}\n" for request in requests)
        file.flush()
        environment = {**os.environ, "BENCH_REQUESTS": file.name, "BENCH_PAUSE": str(pause)}
        environment |= {"BENCH_REPEAT": "1" if repeat else "0"} | ({"BENCH_LOOK_FOR": looked_for} if looked_for else {})
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(int(seconds), 1)}s", "--timeout", "30s", "-s", SCRIPT, base],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(next(line for line in ran.stdout.splitlines() if line.startswith("JSON "))[5:])
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(rate=told["requests"] / told["seconds"], load=used / told["seconds"] / CORES, **told)
