"""A small force in a store, for tests of what time makes happen. Everybody in it is invented."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from db.clock import PretendedClock
from db.organisation.apply import apply_organisation
from db.schedule import subject_of, turn_back
from db.store import Actor, Store
from db.tables import Recommendation, Reminder, Report
from documents.organisation import read_organisation

TEST = Actor("test", "test")
FORCE = """
force: {key: sample, name: Sample Police, timezone: Europe/London, holidays: GB-ENG}
boards:
  - {key: pib, name: People Intelligence Board, chair: dcc, secretary: secretary,
     channel: "#pib", cadence: {every: 4 weeks, first: 2023-01-11T10:00}}
  - {key: gb, name: Governance Board, chair: superintendent, secretary: secretary,
     channel: "#gb", cadence: {rule: "FREQ=MONTHLY;BYDAY=1TU", first: 2023-01-03T14:00}}
default_board: pib
posts:
  - {key: dcc, title: Deputy Chief Constable, role: chair, holder: sam}
  - {key: superintendent, title: PSD Superintendent, role: lead, holder: alex, deputy: noor}
  - {key: dci, title: ACU DCI, role: owner, holder: jane, deputy: priya}
  - {key: manager, title: Vetting Manager, role: owner, holder: kit}
  - {key: secretary, title: Board Secretary, role: secretary, holder: lee}
people:
  - {key: jane, name: Jane Doe}
"""


def apply(store: Store, text: str = FORCE) -> None:
    with store.write(TEST) as writing:
        apply_organisation(writing, read_organisation(text, "organisation.yaml"))


def add_report(store: Store, **changes: Any) -> int:
    """A report in the store; gives its id."""
    with store.write(TEST) as writing:
        fields = {
            "title": "An inspection of things",
            "title_key": f"inspection of things {changes.get('title', '')}",
            "force": "Sample",
            "force_key": "sample",
            "imported_at": writing.now,
            **changes,
        }
        row = writing.add(Report(organisation=writing.key, **fields))
        turn_back(writing.session, writing.key, writing.now, None)
        writing.replan_all()
        assert row.id is not None
        return row.id


def add(store: Store, ref: str, report: int, **changes: Any) -> int:
    """A recommendation due on 30 April 2023 and owned by the DCI; gives its id."""
    with store.write(TEST) as writing:
        fields = {
            "report_id": report,
            "ref": ref,
            "kind": "recommendation",
            "number": ref,
            "text": f"Do {ref}.",
            "text_key": f"do {ref}",
            "deadline": date(2023, 4, 30),
            "original_deadline": date(2023, 4, 30),
            "deadline_kind": "by_date",
            "deadline_set_at": writing.now,
            "imported_at": writing.now,
            "updated_at": writing.now,
            "owner": "dci",
            **changes,
        }
        row = writing.add(Recommendation(organisation=writing.key, **fields))
        writing.replan(subject_of(row))
        assert row.id is not None
        return row.id


def change(store: Store, id: int, **fields: Any) -> None:
    with store.write(TEST) as writing:
        writing.change(writing.recommendation(id), "update", fields)


def ledger(store: Store) -> list[Reminder]:
    with store.read() as reading:
        rows = reading.all(reading.select(Reminder))
        return sorted(rows, key=lambda r: (r.at, r.rule, r.recipient))


def set_clock(store: Store, moment: datetime) -> None:
    assert isinstance(store.clock, PretendedClock)
    store.clock.set(moment)
