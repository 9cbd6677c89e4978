"""Speed of delivery: some messages to each of 200 channels, by the tick as `duly run` has it.

A stub of Slack, a process of its own, notes the moment of each post. Slack takes one message a
second in a channel, so the ideal is the time that the messages of one channel take at that pace;
no two of one channel may come within less than a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from urllib.request import urlopen

from bench.slack import free_port, wait_for
from bench.speed import ROOT
from bot.slack.channels import PLATFORM
from bot.slack.courier import SlackCourier
from db import tables as t
from db.ledger.destinations import bind
from db.store import Store
from scheduler.group_commit import ACTOR
from scheduler.tick import tick
from tests.factories import apply
from tests.support import postgres

CHANNELS = 200
EACH = 10
LATENCIES = (0, 50)
"""Milliseconds that the stub takes for an answer."""
AIM = 0.90
GAP = 1.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, postgres.running_server() as server:
        for latency in LATENCIES:
            for name, url in (
                ("SQLite", f"sqlite:///{Path(folder) / f'duly{latency}.db'}"),
                ("Postgres, fsync off", server.create(f"bench{latency}")),
            ):
                store = Store(url)
                try:
                    measure(f"{name}, answers after {latency} ms", store, latency)
                finally:
                    store.close()


def measure(name: str, store: Store, latency: float) -> None:
    port = free_port()
    stub = subprocess.Popen([sys.executable, "-m", "bench.stub", str(port), str(latency)], cwd=ROOT)
    try:
        wait_for(port, stub)
        fill(store)
        courier = SlackCourier(store, "xoxb-benchmark", api_url=f"http://127.0.0.1:{port}/api/")
        begun, used = time.monotonic(), time.process_time()
        while tick(store, courier).waiting:
            pass
        took, used = time.monotonic() - begun, time.process_time() - used
        with urlopen(f"http://127.0.0.1:{port}/noted", timeout=10) as answer:
            report(name, json.load(answer), took, used)
    finally:
        stub.terminate()
        stub.wait(15)


def fill(store: Store) -> None:
    """So many channels with so many messages each, gathered just now."""
    apply(store)
    with store.write(ACTOR) as writing:
        for number in range(CHANNELS):
            bind(writing, PLATFORM, f"#room{number}", {"channel": f"C{number:05}"})
        for turn in range(EACH):
            writing.session.add_all(
                t.Message(
                    organisation=writing.key, key=f"bench/{number}/{turn}",
                    destination=f"#room{number}", kind="channel", day=date(2026, 11, 22),
                    text=f"Post {turn} of the benchmark.", gathered_at=datetime.now(UTC),
                )
                for number in range(CHANNELS)
            )  # fmt: skip
            writing.session.flush()


def report(name: str, noted: list[tuple[float, str, str]], took: float, used: float) -> None:
    lanes: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for at, channel, key in noted:
        lanes[channel].append((at, key))
    in_order = all(
        [key.rpartition("/")[2] for _, key in lane] == [str(n) for n in range(EACH)]
        for lane in lanes.values()
    )
    gaps = [b[0] - a[0] for lane in lanes.values() for a, b in pairwise(lane)]
    moments = [at for at, _, _ in noted]
    whole = max(moments) - min(moments)
    share = (EACH - 1) / whole
    met = "met" if share >= AIM and min(gaps) >= GAP else "not met"
    print(
        f"{name}: {len(noted)} posts to {len(lanes)} channels in {took:.1f} s, "
        f"{len(noted) / whole:.0f} a second\n"
        f"  {share:.2f} of the ideal ({EACH - 1} s), at least {AIM}: {met}; least gap "
        f"{min(gaps):.3f} s; {'in order' if in_order else 'NOT IN ORDER'}; "
        f"{1000 * used / len(noted):.1f} ms of processor a message",
        flush=True,
    )


if __name__ == "__main__":
    main()
