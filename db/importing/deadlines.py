"""Deadlines of imported recommendations: first read, corrected later, settled on publication.

The original deadline is what the report asks for, in its newest wording; an extension in force is
never overruled by a re-import.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlmodel import col

from db.extensions import next_version
from db.store import Writing
from db.tables import Recommendation, Report
from governance.dates import say_date
from governance.words import DeadlineKind, reference_or_label

if TYPE_CHECKING:
    from governance.deadlines import Deadline

SETTLED = "the report's publication became known"
"""The note of a deadline that was dated with its report; `undo` takes it back with the date."""


def stated_deadline(
    text: str, points: Iterable[str], published: date | None, cell: date | None = None
) -> Deadline:
    """The deadline of an item; a tracker's own Deadline cell wins over a date in the text."""
    # The grammar takes long to import, and what is asked in chat seldom reads a deadline.
    from governance.deadlines import Deadline, read_deadline

    read = read_deadline("\n".join((text, *points)), published)
    if cell is None or cell == read.day:
        return read
    later = tuple(m for m in read.milestones if m.day > cell)
    return Deadline(DeadlineKind.BY_DATE, cell, None, later)


def first_dated(writing: Writing, deadline: Deadline) -> dict[str, Any]:
    """The deadline's columns of a new recommendation."""
    return _worded(deadline) | {
        "deadline": deadline.day,
        "original_deadline": deadline.day,
        "deadline_set_at": writing.now if deadline.day else None,
    }


def redated(
    writing: Writing, row: Recommendation, deadline: Deadline
) -> tuple[dict[str, Any], str | None]:
    """The columns that a deadline stated anew changes, and a warning where it does not all count.

    What no longer states a date takes none away.
    """
    if deadline.day is None:
        silent = deadline.text is None or row.original_deadline is not None
        return ({} if silent else _worded(deadline)), None
    fields = _worded(deadline)
    if deadline.day == row.original_deadline:
        return fields, None
    fields["original_deadline"] = deadline.day
    if row.slips and row.deadline is not None:
        name = reference_or_label(row.ref, row.kind, row.number)
        return fields, (
            f"The document states “{say_date(deadline.day)}” for {name}; the extension to "
            f"{say_date(row.deadline)} stays in force."
        )
    return fields | {
        "deadline": deadline.day,
        "deadline_version": next_version(writing, row),
        "deadline_set_at": writing.now,
    }, None


def settle_publication(
    writing: Writing,
    report: Report,
    *,
    before: date | None = None,
    leave: Iterable[int | None] = (),
) -> list[Recommendation]:
    """Date what counts from the report's publication, now that this is known or corrected.

    `before`: the publication date held until now, None where none was. `leave`: recommendations
    that were just read with the new date. Gives those that changed; each change is in the history.
    """
    rows = writing.all(
        writing.select(Recommendation)
        .where(Recommendation.report_id == report.id)
        .order_by(col(Recommendation.id))
    )
    left = set(leave)
    changed = []
    for row in rows:
        if row.id in left or not _hangs_on_publication(row, before):
            continue
        fields, _ = redated(writing, row, stated_deadline(row.text, row.points, report.published))
        if _differs(row, fields):
            writing.change(row, "import", fields, note=SETTLED)
            changed.append(row)
    return changed


def _hangs_on_publication(row: Recommendation, before: date | None) -> bool:
    counted = (DeadlineKind.RELATIVE, DeadlineKind.IMMEDIATE)
    if row.original_deadline is None or row.deadline_kind in counted:
        return True
    # "By 30 April" without a year is such a one too; a tracker's own cell is none.
    return stated_deadline(row.text, row.points, before).day == row.original_deadline


def _worded(deadline: Deadline) -> dict[str, Any]:
    return {
        "deadline_kind": deadline.kind.value,
        "deadline_text": deadline.text,
        "milestones": [{"date": m.day.isoformat(), "text": m.text} for m in deadline.milestones],
    }


def _differs(row: Recommendation, fields: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in fields.items())
