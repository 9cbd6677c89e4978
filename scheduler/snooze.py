"""Snooze: one person's own reminders wait for some working days; others' are unaffected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from db import tables as t
from db.ledger.reminders import named_in, snoozes, split_off
from db.queries.lookup import by_ids
from db.store import Reading, Writing
from governance.dates import say_date
from governance.reminders.rules import DEADLINE_RULES, rules_where
from governance.words import Rule

SNOOZABLE = rules_where(lambda line: line.snoozable)
OVERTAKEN = "overtaken by a later one"
UNTIL = "until"
"""In a reminder's detail: the day until which it was snoozed."""


class Snoozes:
    """Everybody's snoozes, read once a pass."""

    def __init__(self, reading: Reading) -> None:
        self._until = {(s.person, s.recommendation_id): s.until for s in snoozes(reading)}

    def __bool__(self) -> bool:
        return bool(self._until)

    def until(self, person: str | None, recommendation: int) -> date | None:
        return self._until.get((person or "", recommendation))


def set_snooze(
    writing: Writing, person: str, recommendation: t.Recommendation, until: date | None
) -> date | None:
    """Let a person's own reminders of it wait until a day, or no longer; gives the former day."""
    assert recommendation.id is not None
    row = writing.session.get(t.Snooze, (writing.key, person, recommendation.id))
    before = row.until if row is not None else None
    if row is not None and until is None:
        writing.delete(row)
    elif until is not None:
        row = row or t.Snooze(
            organisation=writing.key,
            person=person,
            recommendation_id=recommendation.id,
            until=until,
            set_at=writing.now,
        )
        row.until, row.set_at = until, writing.now
        writing.add(row)
    return before


def hold(writing: Writing, rows: Sequence[t.Reminder], snoozes: Snoozes) -> list[t.Reminder]:
    """The reminders that are not snoozed today; the others stay planned, with the reason.

    One that lists several recommendations goes without the snoozed ones, which wait in reminders
    of their own.
    """
    if not snoozes:
        return list(rows)
    owners = _owners(writing, rows)
    going = []
    for row in rows:
        held = {
            id: until
            for id in named_in(row)
            if row.rule in SNOOZABLE
            and owners.get(id) == row.to
            and (until := snoozes.until(row.person, id)) is not None
            and until > writing.today
        }
        if not held:
            going.append(row)
            continue
        left = [id for id in row.items if id not in held]
        if left:
            for id, until in held.items():
                _wait(split_off(writing, row, id), until)
            row.items = left
            going.append(row)
        else:
            _wait(row, min(held.values()))
        writing.session.add(row)
    writing.session.flush()
    return going


def overtaken(rows: Sequence[t.Reminder]) -> list[t.Reminder]:
    """The reminders, of some that have waited, that a later one of them makes needless."""
    latest: dict[tuple[str, str, str], t.Reminder] = {}
    for row in rows:
        kept = latest.get(_series(row))
        if kept is None or (row.at, row.id or 0) > (kept.at, kept.id or 0):
            latest[_series(row)] = row
    return [row for row in rows if latest[_series(row)] is not row]


def was_snoozed(row: t.Reminder) -> bool:
    return UNTIL in row.detail


def _series(row: t.Reminder) -> tuple[str, str, str]:
    """The series that a reminder is one of: the days before a deadline and after it are one."""
    rule = Rule.OVERDUE.value if row.rule in DEADLINE_RULES else row.rule
    return (row.recipient, row.subject, rule)


def _owners(writing: Writing, rows: Sequence[t.Reminder]) -> dict[int, str | None]:
    ids = {id for row in rows if row.rule in SNOOZABLE for id in named_in(row)}
    return {id: row.owner for id, row in by_ids(writing, ids).items()}


def _wait(row: t.Reminder, until: date) -> None:
    row.reason = f"snoozed until {say_date(until)}"
    row.detail = {**row.detail, UNTIL: until.isoformat()}
