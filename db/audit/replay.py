"""Replay of the history against the tables: what was changed past Duly, by its row and field.

The history is sealed; the recommendations, reports and updates that it tells of are not. Replayed,
it gives the value that each field must have. What the history does not tell (posts, boards,
meetings' dates, reminders, messages) is not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from db.audit.seals import plain
from db.tables import History, Organisation, Recommendation, Report, Update
from governance.subject import Subject, SubjectKind

MOST_NAMED = 20
"""Differences that are named; with more of them it is plain that something else is wrong."""

_FIRST: Mapping[str, Any] = {
    "progress": "not_started",
    "closure": None,
    "closed_at": None,
    "inspectorate_position": None,
    "owner": None,
    "deadline": None,
}
"""The values of a recommendation's fields until the history names another. A field that is not
here is compared only once the history names it."""


def is_erased(session: Session, organisation: int) -> bool:
    """True where an organisation without a single change has what only a change can make."""
    one = select(History.id).where(History.organisation == organisation).limit(1)
    if session.exec(one).first() is not None:
        return False
    row = session.get(Organisation, organisation)
    if row is not None and row.applied_at is not None:
        return True
    tables = (Recommendation, Report, Update)
    return any(
        session.exec(select(table.id).where(table.organisation == organisation).limit(1)).first()
        is not None
        for table in tables
    )


def differences(session: Session, organisation: int) -> list[str]:
    """A sentence for each row that is not as the history says, up to MOST_NAMED of them."""
    values: dict[str, dict[str, Any]] = defaultdict(dict)
    brought: set[str] = set()
    updates: dict[int, History] = {}
    undone: set[int] = set()
    rows = select(History).where(History.organisation == organisation).order_by(col(History.seq))
    for change in session.exec(rows.execution_options(yield_per=500)):
        if change.action == "import":
            brought.add(change.subject)
        for field, (before, after) in change.changes.items():
            if field != "update":
                values[change.subject][field] = after
            elif after is not None:
                updates[after] = change
            else:
                undone.add(before)
    found = [
        *_of_rows(session, organisation, values, brought),
        *_of_updates(session, organisation, updates, undone),
    ]
    if len(found) > MOST_NAMED:
        return [*found[:MOST_NAMED], "More of the store is not as the history says."]
    return found


def _of_rows(
    session: Session,
    organisation: int,
    values: Mapping[str, Mapping[str, Any]],
    brought: set[str],
) -> Iterator[str]:
    kinds = (SubjectKind.RECOMMENDATION, SubjectKind.REPORT)
    gone = {key for key in brought if Subject(key).kind in kinds}
    for row in _rows(session, organisation):
        is_report = isinstance(row, Report)
        subject = Subject.report(row.id) if is_report else Subject.recommendation(row.id)
        gone.discard(subject)
        if subject not in brought:
            yield f"{_name(row)} is in the store, and no change of the history brought it."
            continue
        expected = {**({} if is_report else _FIRST), **values.get(subject, {})}
        for field, value in expected.items():
            if field in type(row).model_fields and plain(getattr(row, field)) != value:
                yield f"{_name(row)}: {_difference(field, value, plain(getattr(row, field)))}"
    for key in sorted(gone):
        kind, _, number = key.partition(":")
        yield f"The {kind} {number} of the history is no longer in the store."


def _rows(session: Session, organisation: int) -> Iterator[Recommendation | Report]:
    """Every recommendation and report of an organisation."""
    mine = select(Recommendation).where(Recommendation.organisation == organisation)
    in_order = mine.order_by(col(Recommendation.id))
    yield from session.exec(in_order.execution_options(yield_per=500))
    reports = select(Report).where(Report.organisation == organisation).order_by(col(Report.id))
    yield from session.exec(reports.execution_options(yield_per=500))


def _of_updates(
    session: Session, organisation: int, told: Mapping[int, History], undone: set[int]
) -> Iterator[str]:
    missing = set(told)
    statement = select(Update).where(Update.organisation == organisation).order_by(col(Update.id))
    for row in session.exec(statement.execution_options(yield_per=500)):
        change = told.get(row.id or 0)
        if change is None:
            yield f"The update {row.id} is in the store, and no change of the history brought it."
            continue
        missing.discard(row.id or 0)
        same = (
            Subject.recommendation(row.recommendation_id) == change.subject
            and (plain(row.text), row.by, row.at) == (change.note, change.actor, change.at)
            and row.undone == (row.id in undone)
        )
        if not same:
            yield f"The update {row.id} is not as change {change.seq} of the history has it."
    for id in sorted(missing):
        yield f"The update {id} of change {told[id].seq} is no longer in the store."


def _name(row: Recommendation | Report) -> str:
    if isinstance(row, Report):
        return f"The report “{row.title}”"
    return f"#{row.ref}" if row.ref else f"The recommendation {row.id}"


def _difference(field: str, value: Any, there: Any) -> str:
    words = field.replace("_", " ")
    if max(len(str(value)), len(str(there))) > 40:
        return f"its {words} is not what the history says."
    return f"by the history its {words} is {_words(value)}, in the store {_words(there)}."


def _words(value: Any) -> str:
    return "nothing" if value is None or value == "" else str(value).replace("_", " ")
