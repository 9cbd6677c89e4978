"""A force of many owners on a store of its own, for the contract of due-work-harness."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col

from db import tables as t
from db.ledger.messages import LedgerMessage, due, lock
from db.schedule import subject_of
from db.store import Store
from scheduler.report import TickReport
from scheduler.tick import tick
from tests.factories import TEST, a_recommendation, add_message, add_report, apply, at
from tests.support.clocks import MachineClock
from tests.support.fake_platform import FakePlatform, queued

PEOPLE = 14
PLATFORM = FakePlatform
"""The courier of a world's messages."""
NOW = at(2023, 4, 3, 10)
"""A Monday morning, in working hours."""


class Selected(list[LedgerMessage]):
    """The messages that wait, as production selects them."""


class World:
    """A force of many owners, each with a post, on a store of its own."""

    def __init__(self, place: Path, template: Path) -> None:
        shutil.copy(template, place / "duly.db")
        self.clock = MachineClock(NOW)
        self.store = Store(f"sqlite:///{place}/duly.db", self.clock)
        self.platform = PLATFORM()
        self.numbers = itertools.count(1)
        self.report: TickReport = TickReport()

    # Messages

    def make(self, age: timedelta = timedelta(0), **more: Any) -> t.Message:
        """A message that waits for its reader, somebody of their own."""
        n = next(self.numbers)
        id = add_message(
            self.store, f"key {n}", f"person{n}", gathered_at=self.clock.now() - age, **more
        )
        return self.row(id)

    def row(self, id: int) -> t.Message:
        with self.store.read() as reading:
            return reading.session.get_one(t.Message, id)

    def read(self, id: int) -> LedgerMessage:
        with self.store.write(TEST) as writing:
            return lock(writing, [id])[id]

    def expire(self, id: int) -> None:
        with self.store.write(TEST) as writing:
            row = writing.session.get_one(t.Message, id)
            row.claimed_until = writing.clock.machine() - timedelta(seconds=1)
            writing.session.add(row)

    # Recommendations

    def recommend(self, **more: Any) -> str:
        """One that is somebody's of their own, whose reminder of a fortnight falls due today."""
        n = next(self.numbers)
        with self.store.write(TEST) as writing:
            report = writing.first(writing.select(t.Report))
            assert report is not None
            fields = {
                "ref": str(24_000 + n), "number": str(n), "deadline": date(2023, 4, 17),
                "owner": f"post{n}", "deadline_set_at": at(2023, 3, 29, 10),
                "imported_at": at(2023, 3, 29, 10), **more,
            }  # fmt: skip
            row = a_recommendation(writing, report, **fields)
            writing.add(
                t.Schedule(
                    organisation=writing.key, subject=subject_of(row),
                    planned_through=at(2023, 3, 29, 10), next_remind_at=at(2023, 3, 29, 10),
                )
            )  # fmt: skip
            writing.replan(subject_of(row))
        return f"person{n}"

    def of(self, person: str) -> t.Recommendation:
        with self.store.read() as reading:
            owner = person.replace("person", "post")
            found = reading.first(
                reading.select(t.Recommendation).where(t.Recommendation.owner == owner)
            )
            assert found is not None
            return found

    def reminders(self, person: str) -> list[t.Reminder]:
        with self.store.read() as reading:
            return reading.all(
                reading.select(t.Reminder)
                .where(t.Reminder.recipient == person)
                .order_by(col(t.Reminder.id))
            )


def organisation() -> str:
    posts = "".join(
        f"  - {{key: post{n}, title: Post {n}, role: owner, holder: person{n}}}\n"
        for n in range(1, PEOPLE)
    )
    return f"""
force: {{key: sample, name: Sample Police, timezone: Europe/London, holidays: GB-ENG}}
posts:
  - {{key: superintendent, title: PSD Superintendent, role: lead, holder: alex}}
  - {{key: secretary, title: Board Secretary, role: secretary, holder: lee}}
{posts}
people:
  - {{key: person1, name: Person 1, slack: U01ONE, teams: aad-1}}
"""


_TEMPLATE = Path(tempfile.mkdtemp(prefix="duly-due-work-"))


def template() -> Path:
    """A store with the force in it, made once."""
    path = _TEMPLATE / "duly.db"
    if not path.exists():
        made = _TEMPLATE / "made.db"
        store = Store(f"sqlite:///{made}", MachineClock(at(2023, 3, 29, 9)))
        apply(store, organisation())
        add_report(store)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        made.rename(path)
    return path


_worlds: list[World] = []


@contextmanager
def world() -> Iterator[World]:
    """A world of its own; the one that is open, for a proof of two bindings together."""
    if _worlds:
        yield _worlds[0]
        return
    with tempfile.TemporaryDirectory(prefix="duly-due-work-") as place:
        found = World(Path(place), template())
        _worlds.append(found)
        try:
            yield found
        finally:
            _worlds.clear()
            found.store.close()


def selected(w: World) -> Selected:
    return Selected(queued(w.store))


def ticked(w: World) -> int:
    w.report = tick(w.store, w.platform)
    return len(w.report.messages)


class Plans:
    """SQLite's query plan of the production selection."""

    def understands(self, selection: object) -> bool:
        return isinstance(selection, Selected)

    def index_served(self, _selection: object) -> tuple[bool, str]:
        with world() as w:
            now = w.clock.machine()
            literal = {"literal_binds": True}
            with w.store.engine.connect() as connection:
                statement = due(1, "gathered", now, now).compile(connection, compile_kwargs=literal)
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
        said = "; ".join(str(row[-1]) for row in plan)
        return "USING INDEX ix_message_state" in said, said

    def replica_read(self, _selection: object) -> None:
        return None
