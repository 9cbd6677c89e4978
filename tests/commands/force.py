"""A small force to say things to: posts, two boards and a report. Everybody in it is invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col

from commands.request import Request
from commands.router import answer
from db import tables as t
from db.store import Actor, Store
from governance.identity import force_key, text_key, title_key
from governance.subject import Subject
from messages.reply import Reply
from tests.support.kept import kept

LONDON = ZoneInfo("Europe/London")
TITLE = "An inspection of vetting in the police service"
POSTS = (
    ("dcc", "Deputy Chief Constable", "chair", "sam", None),
    ("psd-superintendent", "PSD Superintendent", "lead", "alex", None),
    ("acu-dci", "ACU DCI", "owner", "jane", "priya"),
    ("vetting-manager", "Vetting Manager", "owner", "kit", None),
    ("training-lead", "Training Lead", "owner", "kit", None),
    ("board-secretary", "Board Secretary", "secretary", "lee", None),
    ("pcc-office", "Office of the PCC", "pcc", "uma", None),
)
NAMES = {
    "sam": "Sam Field",
    "alex": "Alex Moor",
    "jane": "Jane Doe",
    "priya": "Priya Shaw",
    "kit": "Kit Barrow",
    "lee": "Lee Marsh",
    "uma": "Uma Dale",
    "ned": "Ned Idle",
}
BOARDS = (
    ("pib", "People Intelligence Board", "dcc", "2023-01-11T10:00", "FREQ=WEEKLY;INTERVAL=4", 90),
    ("gb", "Governance Board", "psd-superintendent", "2023-01-03T14:00",
     "FREQ=MONTHLY;BYDAY=1TU", 120),
)  # fmt: skip


@kept
def found_force(store: Store, *, boards: bool = True) -> None:
    """Put the force's people, and its boards, into the store."""
    with store.write(Actor("local", "test")) as writing:
        key = writing.key
        for place, (post, title, role, holder, deputy) in enumerate(POSTS, start=1):
            writing.add(
                t.Post(
                    organisation=key, key=post, title=title, role=role, deputy=deputy,
                    position=place,
                )
            )  # fmt: skip
            writing.add(t.Tenure(organisation=key, post=post, person=holder))
        for person, name in NAMES.items():
            writing.add(t.Person(organisation=key, key=person, name=name))
        writing.organisation.applied_at = writing.now
        if boards:
            for place, (board, name, chair, first, rule, minutes) in enumerate(BOARDS):
                writing.add(
                    t.Board(
                        organisation=key, key=board, name=name, chair=chair,
                        secretary="board-secretary", channel=f"#{board}", first=first, rule=rule,
                        minutes=minutes, applied_at=writing.now, position=place,
                    )
                )  # fmt: skip
            writing.organisation.default_board = "pib"
        writing.session.add(writing.organisation)
        writing.session.flush()
        writing.replan_all()


def add_report(store: Store, title: str = TITLE, force: str = "Sample", **fields: Any) -> int:
    with store.write(Actor("local", "test")) as writing:
        row = writing.add(
            t.Report(
                organisation=writing.key,
                title=title,
                title_key=title_key(title),
                force=force,
                force_key=force_key(force),
                imported_at=writing.now,
                **fields,
            )
        )
        assert row.id is not None
        writing.replan(Subject.report(row.id))
        return row.id


def add(store: Store, report: int, number: int, ref: str | None = None, **fields: Any) -> int:
    """A recommendation due on 30 April 2023, imported now; gives its id."""
    due = fields.pop("deadline", date(2023, 4, 30))
    with store.write(Actor("local", "test")) as writing:
        said = f"Chief constables should carry out check {number}."
        row = t.Recommendation(
            organisation=writing.key,
            report_id=report,
            ref=ref,
            kind="recommendation",
            number=str(number),
            text=said,
            text_key=text_key(said),
            deadline=due,
            original_deadline=due,
            deadline_kind="by_date" if due else "none",
            imported_at=writing.now,
            updated_at=writing.now,
        )
        writing.add(row)
        writing.change(row, "import", fields or {}, note="" if fields else "imported")
        assert row.id is not None
        return row.id


def say(store: Store, text: str, person: str | None = "local", **more: Any) -> Reply:
    """What Duly answers to `person` saying `text`."""
    return answer(store, Request(text=text, person=person, **more))


def rec(store: Store, ref: str) -> t.Recommendation:
    with store.read() as reading:
        found = reading.first(reading.select(t.Recommendation).where(t.Recommendation.ref == ref))
        assert found is not None
        return found


def history(store: Store, ref: str) -> Sequence[t.History]:
    row = rec(store, ref)
    with store.read() as reading:
        return reading.all(
            reading.select(t.History)
            .where(t.History.subject == Subject.recommendation(row.id))
            .order_by(col(t.History.seq))
        )


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[misc,arg-type]
