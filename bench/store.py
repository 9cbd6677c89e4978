"""Times of the scheduler's queries in a store of a million recommendations, beside plain SQL.

Each of the application's ways stands beside a floor in the same store and the same run: the due
query beside a scan of the same rows without the index, planning beside one transaction of plain
statements with the same selects, inserts and updates, claiming beside statements for twenty
messages at a time. On SQLite in a file, and on a Postgres of its own with fsync on.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.plain import Plain, plain_postgres, plain_sqlite
from db.clock import PretendedClock
from db.ledger.messages import queue
from db.ledger.schedules import next_due
from db.store import Store
from scheduler.courier import Courier, Letter
from scheduler.group_commit import ACTOR
from scheduler.outbox import Claim, Operation, commit
from scheduler.planner import plan
from scheduler.transitions import Begin, Sent
from tests.factories import add_recommendation, add_report, apply
from tests.support import postgres

RECOMMENDATIONS = 1_000_000
DUE = 500
MESSAGES = 200
BATCH = 20
ROUNDS = 3
NOW = datetime(2023, 3, 31, 8, tzinfo=UTC)
"""09:00 in London, 30 days before the deadline of the recommendations that fall due."""
BEFORE = NOW - timedelta(days=1)


@dataclass(frozen=True)
class Measured:
    what: str
    ours: float
    """Seconds, or rows a second for a rate; the median of the rounds."""
    floor: float
    aim: str
    met: bool
    said: str


class Nowhere(Courier):
    """A platform that takes everything; only the store's part is measured."""

    name = "nowhere"

    def reaches(self, _reading: object, _destination: str) -> bool:
        return True

    async def post(self, letter: Letter) -> str:
        return letter.key


def main() -> None:
    for name, opened in (("SQLite", sqlite), ("Postgres, fsync on", on_postgres)):
        with opened() as (store, plain):
            begun = time.perf_counter()
            fill(store, plain)
            filled = time.perf_counter() - begun
            print(f"{name}: {RECOMMENDATIONS:,} recommendations, filled in {filled:.0f} s")
            for measured in (asking(store, plain), planning(store, plain), claiming(store, plain)):
                met = "met" if measured.met else "not met"
                print(f"  {measured.what:22}{measured.said}   {measured.aim}: {met}", flush=True)


@contextmanager
def sqlite() -> Iterator[tuple[Store, Plain]]:
    folder = Path(tempfile.mkdtemp(prefix="duly-bench-"))
    try:
        store = Store(f"sqlite:///{folder}/duly.db", PretendedClock(BEFORE))
        store.prepare()
        plain = plain_sqlite(folder / "duly.db")
        try:
            yield store, plain
        finally:
            plain.close()
            store.close()
    finally:
        shutil.rmtree(folder)


@contextmanager
def on_postgres() -> Iterator[tuple[Store, Plain]]:
    durable = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
    before = dict(postgres.SETTINGS)
    postgres.SETTINGS.update(durable | {"max_wal_size": "4GB"})
    try:
        with postgres.running_server() as server:
            store = Store(server.create("bench"), PretendedClock(BEFORE))
            store.prepare()
            plain = plain_postgres(server.connect("bench"))
            try:
                yield store, plain
            finally:
                plain.close()
                store.close()
    finally:
        postgres.SETTINGS.clear()
        postgres.SETTINGS.update(before)


def fill(store: Store, plain: Plain) -> None:
    """A small organisation, with one recommendation copied a million times; the first 500 fall
    due at NOW, the others later."""
    apply(store)
    add_recommendation(store, "24087", add_report(store))
    clock = store.clock
    assert isinstance(clock, PretendedClock)
    clock.set(NOW - timedelta(hours=1))
    plain.copy_recommendation(RECOMMENDATIONS)
    plain.schedule(RECOMMENDATIONS, DUE, BEFORE, NOW)
    plain.settle()


def asking(store: Store, plain: Plain) -> Measured:
    """The due query as a tick asks it, when nothing is due."""
    ours, floor = [], []
    with store.write(ACTOR) as writing:
        assert next_due(writing) == NOW
        assert plan(writing) == 0
        for _ in range(ROUNDS):
            ours.append(best(lambda: plan(writing), 40))
            floor.append(best(lambda: plain.scan(writing.now), 3))
    share = median(f / o for f, o in zip(floor, ours, strict=True))
    nothing = best(lambda: plain.ask("SELECT 1"), 200)
    said = (
        f"{median(ours) * 1000:8.3f} ms   scan {median(floor) * 1000:7.1f} ms   1/{share:.0f} of it"
        f"   (SELECT 1 by the driver {nothing * 1000:.3f} ms)"
    )
    return Measured("due query", median(ours), median(floor), "at most 1/500", share >= 500, said)


def planning(store: Store, plain: Plain) -> Measured:
    """Planning 500 subjects in one transaction, until it is committed."""
    clock = store.clock
    assert isinstance(clock, PretendedClock)
    clock.set(NOW)

    def planned() -> None:
        with store.write(ACTOR) as writing:
            assert plan(writing) == DUE

    planned()
    rows = plain.reminders()
    ours, floor = [], []
    for _ in range(ROUNDS):
        plain.unplan(DUE, BEFORE, NOW)
        ours.append(took(planned))
        plain.unplan(DUE, BEFORE, NOW)
        floor.append(took(lambda: plain.plan(rows, NOW)))
    times = median(o / f for o, f in zip(ours, floor, strict=True))
    said = (
        f"{median(ours) * 1000:8.1f} ms   plain {median(floor) * 1000:6.1f} ms   {times:.1f} times"
    )
    return Measured("planning 500 due", median(ours), median(floor), "at most 3", times <= 3, said)


def claiming(store: Store, plain: Plain) -> Measured:
    """Claiming twenty messages at a time until none is left; the twenty before are settled in the
    same transaction, as delivery does it. Theirs to settle and theirs to claim are two."""
    courier = Nowhere()

    def claimed_and_sent() -> None:
        with store.read() as reading:
            waiting = queue(reading, ["gathered"], NOW)
        assert len(waiting) == MESSAGES
        sent: list[Operation] = []
        for start in range(0, MESSAGES + BATCH, BATCH):
            begin = [Begin(one, courier) for one in waiting[start : start + BATCH]]
            with store.write(ACTOR, alone=False) as writing:
                results = commit(writing, [*sent, *begin])
            claims = [one for one in results if isinstance(one, Claim)]
            assert len(claims) == len(begin)
            free_at = store.clock.machine()
            sent = [Sent(one, "there", repeat=False, free_at=free_at) for one in claims]

    ours, floor = [], []
    for _ in range(ROUNDS):
        plain.messages(MESSAGES, NOW)
        ours.append(MESSAGES / took(claimed_and_sent))
        plain.messages(MESSAGES, NOW)
        floor.append(MESSAGES / took(lambda: plain.claim_and_send(BATCH, MESSAGES)))
    rate = median(ours)
    said = f"{rate:8.0f} a s   plain {median(floor):6.0f} a s"
    return Measured(
        f"claimed and sent by {BATCH}", rate, median(floor), "at least 1,000 a s",
        rate >= 1000, said,
    )  # fmt: skip


def took(act: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def best(act: Callable[[], object], times: int) -> float:
    """The median of several."""
    return median(took(act) for _ in range(times))


if __name__ == "__main__":
    main()
