"""Latency and rate of `/rec 24087` on Slack, beside the least that slack-bolt can do.

Both are servers of their own on 127.0.0.1, and get the same signed requests in turn, so that
the ratio says more than the milliseconds. Duly runs as its user runs it: `duly run`, with an
organisation file, so that rights are looked up, and with an owner and an update on the card.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.load import USER, command, exchange
from bench.speed import DULY, ROOT, records

SECRET = "a secret of the benchmark"
ROUNDS = 5
SECONDS = 1.0
"""Of each measurement: six a round."""
CLIENTS = 10
START_SECONDS = 30
FLOOR = "bare Bolt"


@dataclass(frozen=True)
class Aim:
    """Aims for a question: p50 at one client at most so many times the floor, and at ten
    clients at least such a share of its requests a second (None: no aim is set)."""

    text: str
    says: str
    p50: float
    p50_aim: float
    rate: float | None = None
    rate_aim: float | None = None


AIMS = {
    "/rec 24087": Aim("24087", "#24087", 4, 3, 0.20, 0.30),
    "/rec list": Aim("list", "Page 1 of", 5, 3.3),
}


@dataclass(frozen=True)
class Measured:
    p50: float
    """Milliseconds, of one client."""
    rate: float
    """Requests a second, of ten clients."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, servers(folder) as (floor, duly):
        questions = {FLOOR: (floor, "24087")} | {n: (duly, aim.text) for n, aim in AIMS.items()}
        for name, aim in AIMS.items():
            check(name, duly, aim)
        rounds = [{n: measure(*where) for n, where in questions.items()} for _ in range(ROUNDS)]
    print_measured(rounds)


@contextmanager
def servers(folder: str) -> Iterator[tuple[int, int]]:
    """The ports of the floor and of Duly, both answering."""
    floor, duly = free_port(), free_port()
    bare = [sys.executable, "-m", "bench.floor", str(floor), SECRET]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "DULY_PORT": str(duly),
        "DULY_TICK_SECONDS": "3600",  # the scheduler is no part of this
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{floor}/api/",
    }
    environment.pop("SLACK_APP_TOKEN", None)
    tokenless = {name: v for name, v in environment.items() if name != "SLACK_BOT_TOKEN"}
    fill(folder, environment)
    begun = []
    try:
        for started, port, given in (
            (bare, floor, tokenless),
            ([*DULY, "run"], duly, environment),
        ):
            begun.append(
                subprocess.Popen(started, cwd=folder, env=given, stdout=subprocess.DEVNULL)
            )
            wait_for(port, begun[-1])
        yield floor, duly
    finally:
        for process in begun:
            process.terminate()
        for process in begun:
            process.wait(15)


def fill(folder: str, environment: dict[str, str]) -> None:
    """A store with the records, an organisation, and an owner and an update on 24087."""
    sample = (ROOT / "samples" / "organisation.yaml").read_text(encoding="utf-8")
    people = "{key: jane, name: Jane Doe, "
    assert people in sample
    file = Path(folder) / "organisation.yaml"
    file.write_text(sample.replace(people, f"{people}slack: {USER}, "), encoding="utf-8")
    for arguments in (
        ["import", *records()],
        ["apply", "organisation.yaml"],
        ["say", "24087 on track the supplier's checks go live in December"],
    ):
        subprocess.run(
            [*DULY, *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
        )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until something listens there. Raises TimeoutError, or RuntimeError when it ended."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} before it answered")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port} after {START_SECONDS} seconds")


def check(name: str, port: int, aim: Aim) -> None:
    """That what is measured is the answer. Raises RuntimeError when it is not."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        answer = json.loads(exchange(line, command(aim.text, SECRET)))
    if not answer.get("blocks") or aim.says not in answer["text"]:
        raise RuntimeError(f"{name} was answered {answer}")


def measure(port: int, text: str) -> Measured:
    return Measured(load(port, text, 1)["p50"], load(port, text, CLIENTS)["rate"])


def load(port: int, text: str, clients: int) -> dict[str, float]:
    """Run `bench.load` in a process of its own."""
    arguments = [str(port), SECRET, str(clients), str(SECONDS), text]
    ran = subprocess.run(
        [sys.executable, "-m", "bench.load", *arguments],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=SECONDS + 60,
    )  # fmt: skip
    measured: dict[str, float] = json.loads(ran.stdout)
    return measured


def print_measured(rounds: list[dict[str, Measured]]) -> None:
    """The median of the rounds; a ratio is taken within each round, then its median."""
    print(f"{'':12}{'p50 ms':>8}{'× floor':>9}{'':14}{'req/s':>8}{'of floor':>9}")
    for name in rounds[0]:
        p50 = median(each[name].p50 for each in rounds)
        rate = median(each[name].rate for each in rounds)
        slower = median(each[name].p50 / each[FLOOR].p50 for each in rounds)
        share = median(each[name].rate / each[FLOOR].rate for each in rounds)
        aim = AIMS.get(name)
        wanted = f"   at most {aim.p50:g} ({aim.p50_aim:g})" if aim else ""
        least = f"   at least {aim.rate:.2f} ({aim.rate_aim:.2f})" if aim and aim.rate else ""
        print(f"{name:12}{p50:8.2f}{slower:9.1f}{wanted:19}{rate:8.0f}{share:9.2f}{least}")


if __name__ == "__main__":
    main()
