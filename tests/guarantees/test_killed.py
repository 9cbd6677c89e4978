"""Processes that are killed at any moment, on a Slack and a Teams that fail in every way: nothing
is lost, and nothing comes twice unless it says that it may.

`make prove` says DULY_KILL_REMINDERS=500 and DULY_KILL_PROCESSES=4; DULY_KILL_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from db import tables as t
from db.clock import PretendedClock
from db.store import Store
from scheduler.forecast import forecast
from tests.factories import START, TEST, a_recommendation, add_report, apply, at
from tests.guarantees.stages import Came, Stage, stage
from tests.guarantees.ticking import SLACK, TEAMS, Orders, nursery
from tests.slack.fake.faults import Broken, Fault, Faults, Late, Limited, Lost, Reset, Silent

REMINDERS = int(os.environ.get("DULY_KILL_REMINDERS", "60"))
MOST = int(os.environ.get("DULY_KILL_PROCESSES", "2"))
SEED = int(os.environ.get("DULY_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
FIRST, LAST = at(2023, 3, 13, 8), at(2023, 3, 17, 12)
"""A week in which no board meets; the clock stands still at its end."""
DAYS = [date(2023, 4, day) for day in (10, 11, 12, 13, 14)]
"""Deadlines whose first reminders fall on each day of that week."""
CLAIM = 4.0
HURRY = 0.1
"""Seconds a reminder that the week takes, and in which processes are killed."""
PATIENCE = timedelta(seconds=300 + 2 * REMINDERS)
"""After which something must be lost: waits double from one attempt to the next, so that the
eighth follows the seventh after four minutes."""

BY_POST: tuple[Fault, ...] = (
    Limited(1), Broken(), Broken(503), Reset(), Lost(), Silent(0.4), Silent(0.4, done=True),
    Late(0.6),
)  # fmt: skip
ELSEWHERE: tuple[Fault, ...] = (Limited(1), Broken(), Reset(), Silent(0.4))


class Storm(Faults):
    """Faults at random: one post in four, one of the other calls in ten, until it is over."""

    def __init__(self, chance: random.Random, calls: int, post: str) -> None:
        super().__init__()
        self._post = post
        self._chance = chance
        self._left = calls
        self.raised: Counter[str] = Counter()

    def take(self, method: str) -> Fault | None:
        if self._left <= 0:
            return None
        self._left -= 1
        posting = method == self._post
        if self._chance.random() > (0.25 if posting else 0.1):
            return None
        fault = self._chance.choice(BY_POST if posting else ELSEWHERE)
        self.raised[f"{method} {type(fault).__name__}"] += 1
        return fault


def organisation(people: int, platform: Stage) -> str:
    posts = "".join(
        f"  - {{key: post{n}, title: Post {n}, role: owner, holder: person{n}}}\n"
        for n in range(people)
    )
    named = "".join(
        f"  - {{key: person{n}, name: Person {n}, {platform.identity(n)}}}\n" for n in range(people)
    )
    return f"""
force: {{key: sample, name: Sample Police, timezone: Europe/London, holidays: GB-ENG}}
posts:
  - {{key: superintendent, title: PSD Superintendent, role: lead, holder: person0}}
  - {{key: secretary, title: Board Secretary, role: secretary, holder: person0}}
{posts}
people:
{named}
"""


def fill(store: Store, platform: Stage, reminders: int) -> None:
    """A third as many people as reminders, each with three, on three days."""
    people = -(-reminders // 3)
    apply(store, organisation(people, platform))
    report = add_report(store)
    platform.admit(store, range(people))
    with store.write(TEST) as writing:
        for n in range(reminders):
            owner, nth = n % people, n // people
            due = DAYS[(owner + 2 * nth) % len(DAYS)]
            ref = str(20_000 + n)
            a_recommendation(
                writing, report, ref=ref, number=ref, deadline=due, deadline_set_at=writing.now,
                owner=f"post{owner}",
            )  # fmt: skip
        writing.replan_all()


CASES = [
    (SLACK, "sqlite", 1, REMINDERS),
    (SLACK, "postgres", 2, REMINDERS),
    (TEAMS, "sqlite", 2, REMINDERS if MOST > 2 else REMINDERS // 2),
]
if MOST > 2:
    CASES += [
        (SLACK, "sqlite", 2, REMINDERS),
        (SLACK, "postgres", 1, REMINDERS),
        (SLACK, "postgres", MOST, REMINDERS),
        (TEAMS, "sqlite", 1, REMINDERS),
        (TEAMS, "postgres", 2, REMINDERS),
        (TEAMS, "postgres", MOST, REMINDERS),
    ]


@pytest.mark.parametrize(("face", "backend", "processes", "reminders"), CASES)
def test_whenever_processes_are_killed_each_reminder_comes_once_or_says_that_it_may_not(
    new_address: str, face: str, backend: str, processes: int, reminders: int, tmp_path: Path
) -> None:
    print(f"DULY_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    clock = PretendedClock(START)
    store = Store(new_address, clock)
    with stage(face) as platform:
        fill(store, platform, reminders)
        clock.set(FIRST)
        storm = Storm(chance, reminders * 3, platform.post)
        platform.fail(storm)
        expected = foreseen(store)
        assert sum(expected.values()) == reminders
        with nursery(tmp_path / "ticking.log") as started:
            begun, killed = datetime.now(UTC), 0
            hurry = reminders * HURRY
            orders = Orders(
                new_address, platform.face, platform.address, CLAIM,
                FIRST.isoformat(), LAST.isoformat(), begun.isoformat(), hurry,
            )  # fmt: skip
            alive = [started.start(orders) for _ in range(processes)]
            while datetime.now(UTC) < begun + timedelta(seconds=hurry):
                time.sleep(chance.uniform(0.1, 0.9) / processes)
                os.kill(alive.pop(chance.randrange(processes)), signal.SIGKILL)
                alive.append(started.start(orders))
                killed += 1
            while sum(sent(store).values()) < reminders:
                assert datetime.now(UTC) < begun + PATIENCE, "something waits for ever"
                time.sleep(0.2)
            took = datetime.now(UTC) - begun
        platform.check()
        came = platform.came(store)
    said = Counter(each.marked for copies in came.values() for each in copies)
    print(
        f"{face}, {backend}, {processes} processes: {reminders} reminders in {took.seconds} s, "
        f"{killed} killed, {said[True]} of {said.total()} messages marked, "
        f"{said.total() - len(came)} twice, {dict(sorted(storm.raised.items()))}"
    )
    assert sent(store) == expected
    assert_told(messages(store), came, looks=platform.looks)
    store.close()


def assert_told(rows: dict[str, t.Message], came: dict[str, list[Came]], *, looks: bool) -> None:
    """Each message of the ledger stands in the platform, where the ledger says; and another of the
    same only where nobody can look, with its mark on it and in the ledger."""
    assert set(came) == set(rows)
    for key, row in rows.items():
        copies = came[key]
        assert row.platform_id in {each.id for each in copies}
        assert sum(not each.marked for each in copies) <= 1
        if looks:
            assert len(copies) == 1
        if len(copies) > 1 or copies[0].marked:
            assert row.repeat


def foreseen(store: Store) -> Counter[tuple[str, str | None, str | None]]:
    with store.read() as reading:
        rows = forecast(reading, FIRST.date(), LAST.date())
    return Counter((r.at, r.ref, r.person) for r in rows)


def sent(store: Store) -> Counter[tuple[str, str | None, str | None]]:
    """Every reminder that the ledger says was sent, as the forecast has it."""
    with store.read() as reading:
        zone = reading.directory.zone
        refs = {r.id: r.ref for r in reading.all(reading.select(t.Recommendation))}
        rows = reading.all(reading.select(t.Reminder).where(t.Reminder.state == "sent"))
        return Counter(
            (r.at.astimezone(zone).isoformat(), refs[r.recommendation_id or 0], r.person)
            for r in rows
        )


def messages(store: Store) -> dict[str, t.Message]:
    """The ledger's, by their keys."""
    with store.read() as reading:
        return {m.key: m for m in reading.all(reading.select(t.Message))}
