"""Rows of the ledger and of the forecast, in the shape people and programs read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from db import tables as t
from governance.reminders import Row
from governance.words import Kind, label
from scheduler.report import RowView


def order(view: RowView) -> tuple[str, ...]:
    """At, rule, ref, board, to: the order of every list of reminders. `at` sorts as a moment
    within one zone but for the hour a clock goes back, in which no reminder falls."""
    named = (view.at, view.rule, view.ref or "", view.board or "", view.to, view.person or "")
    return (*named, view.recommendation or "", view.why)


def of_rows(rows: Iterable[Row], about: Mapping[int, t.Recommendation]) -> list[RowView]:
    """Pure rows; `about` has the recommendations they name."""
    return [
        RowView(
            at=row.at.isoformat(timespec="seconds"),
            rule=row.rule.value,
            **_named(about.get(row.recommendation or 0)),
            board=row.board,
            to=row.to,
            person=row.person,
            days=row.days,
            why=row.why,
        )
        for row in rows
    ]


def of_ledger(
    rows: Iterable[t.Reminder], about: Mapping[int, t.Recommendation], zone: ZoneInfo
) -> list[RowView]:
    """Rows of the ledger, their moments in the organisation's zone."""
    return [
        RowView(
            at=row.at.astimezone(zone).isoformat(timespec="seconds"),
            rule=row.rule,
            **_named(about.get(row.recommendation_id or 0)),
            board=row.board,
            to=row.to,
            person=row.person,
            days=row.days,
            why=row.why,
        )
        for row in rows
    ]


def _named(about: t.Recommendation | None) -> dict[str, str | None]:
    if about is None:
        return {"ref": None, "recommendation": None}
    return {"ref": about.ref, "recommendation": label(Kind(about.kind), about.number)}
