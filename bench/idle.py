"""Cost of an idle `duly run`: its share of one core, and its memory.

It runs as its user runs it, with the metrics on, two sockets to a Slack on this machine, a store
with the records, and the tick at its usual pace; nothing is due and nobody asks. Both figures
are the process's own, from /proc.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from bench.slack import fill
from tests.run.process import environment, running, slack_environment
from tests.slack.fake import FakeSlack
from tests.support.until import until

SECONDS = 30.0
SETTLE_SECONDS = 5.0
"""After it is ready, until it has done what it does once."""
CPU_AIM = 1.0
"""Percent of one core."""
MEMORY_AIM = 150.0
"""Megabytes (10**6 bytes) in residence."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, FakeSlack() as slack:
        for number, channel in enumerate(("people-intelligence-board", "governance-board")):
            slack.add_channel(f"C0{number}", channel)
        for person in ("jane", "sam", "alex", "lee", "priya", "kit", "rowan"):
            slack.add_user(f"U01{person.upper()}", person.title())
        fill(folder, environment(Path(folder)))
        settings = slack_environment(slack) | {"DULY_TICK_SECONDS": "30", "DULY_METRICS_PORT": "0"}
        with running(Path(folder), settings) as duly:
            until(lambda: duly.reasons() == [])
            time.sleep(SETTLE_SECONDS)
            used = cpu_seconds(duly.process.pid)
            begun = time.monotonic()
            time.sleep(SECONDS)
            share = 100 * (cpu_seconds(duly.process.pid) - used) / (time.monotonic() - begun)
            memory = resident(duly.process.pid) / 1e6
    print(f"idle, {SECONDS:g} s   CPU {share:5.2f} %   at most {CPU_AIM:g}")
    print(f"{'':12}RSS {memory:5.0f} MB  at most {MEMORY_AIM:g}")
    sys.exit(share >= CPU_AIM or memory >= MEMORY_AIM)


def cpu_seconds(pid: int) -> float:
    """Processor seconds of a process so far, its own and the system's for it, in all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of a process that are in memory now."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
