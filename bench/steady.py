"""A steady load below the most a server can do: callers who come at random, on connections that are open already.

wrk opens all its connections at once and asks at once: of a load of few requests a second, one in a hundred is then
one of that first moment. Here the first seconds are not counted. Run as a program of its own: `python -m bench.steady`.
"""

import asyncio
import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

from bench import servers
from bench.load import CORES, Request

CONNECTIONS = 32
WARM_UP = 1.5  # seconds that are not counted


@dataclass(frozen=True)
class Steady:
    """What came of it: milliseconds, and how many answers they are of."""

    rate: float
    p50: float
    p99: float
    requests: int
    refused: int
    load: float


def fire(base: str, requests: Iterable[Request], *, rate: float, seconds: float, repeat: bool) -> Steady:
    """Have requests come at a rate.

    Args:
        rate: a second, on average.
        seconds: counted; a warm-up comes before.
        repeat: begin again with the first when all were sent.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([_bytes(base, request).decode() for request in requests], file)
        file.flush()
        command = [sys.executable, "-m", "bench.steady", base, file.name, str(rate), str(seconds), str(int(repeat))]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=servers.ROOT)
    return Steady(**json.loads(ran.stdout))


def needed(rate: float, seconds: float) -> int:
    """How many requests are enough, chance included."""
    expected = rate * (seconds + WARM_UP)
    return math.ceil(expected + 5 * math.sqrt(expected) + CONNECTIONS)


def _bytes(base: str, request: Request) -> bytes:
    body = request.body.encode()
    headers = {"Host": urlsplit(base).netloc, **request.headers} | ({"Content-Length": str(len(body))} if body else {})
    lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Caller:
    """One who asks on a connection that is kept, and opens another where the server has closed it meanwhile."""

    def __init__(self, place: tuple[str, int]) -> None:
        self._place = place

    async def connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(*self._place)

    async def ask(self, request: bytes) -> bool:
        """Whether an answer is none of refusal."""
        try:
            return await self._answer(request)
        except (ConnectionError, asyncio.IncompleteReadError) as failure:
            self._writer.close()
            await self.connect()
            if getattr(failure, "partial", b""):
                return False  # broken off in the middle, which is not what a closed connection looks like
            return await self._answer(request)

    async def _answer(self, request: bytes) -> bool:
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, found, length = head.partition(b"content-length:")
        if found:
            await self._reader.readexactly(int(length.partition(b"\r\n")[0]))
        return head[9:10] in b"23"

    def hang_up(self) -> None:
        self._writer.close()


async def _call(place: tuple[str, int], todo: Iterator[bytes], pause: float, times: tuple[float, float]) -> list[float]:
    """Ask on one connection until the end; how long each counted answer took, negative where it was a refusal."""
    begin, end = times
    caller, took, comes = _Caller(place), [], time.perf_counter()
    await caller.connect()
    while True:
        comes += random.expovariate(1 / pause)
        if comes >= end:
            break
        await asyncio.sleep(max(comes - time.perf_counter(), 0))
        asked = time.perf_counter()
        given = await caller.ask(next(todo))
        if asked >= begin or not given:  # refusals count from the beginning
            took.append((time.perf_counter() - asked) * (1 if given else -1))
    caller.hang_up()
    return took


async def _run(base: str, requests: list[bytes], rate: float, seconds: float, repeat: bool) -> Steady:
    parts = urlsplit(base)
    todo = cycle(requests) if repeat else iter(requests)
    begin = time.perf_counter() + WARM_UP
    times = (begin, begin + seconds)
    place = (str(parts.hostname), int(parts.port or 80))
    took = await asyncio.gather(*(_call(place, todo, CONNECTIONS / rate, times) for _ in range(CONNECTIONS)))
    ordered = sorted(abs(one) for some in took for one in some)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Steady(
        rate=len(ordered) / seconds,
        p50=ordered[len(ordered) // 2] * 1000,
        p99=ordered[int(len(ordered) * 0.99)] * 1000,
        requests=len(ordered),
        refused=sum(one < 0 for some in took for one in some),
        load=(used.ru_utime + used.ru_stime) / (seconds + WARM_UP) / CORES,
    )


def main() -> None:
    """Read the requests, send them, print what came of it."""
    base, file, rate, seconds, repeat = sys.argv[1:]
    random.seed(f"{base} {rate}")
    with open(file, encoding="utf-8") as text:
        requests = [request.encode() for request in json.load(text)]
    ran = asyncio.run(_run(base, requests, float(rate), float(seconds), repeat == "1"))
    print(json.dumps(vars(ran)))


if __name__ == "__main__":
    main()
