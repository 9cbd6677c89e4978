"""Rows as the rules see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col

from db import tables as t
from governance.reminders import Row
from governance.states import RecommendationState, ReportState
from governance.words import Closure, Kind, Progress, Rule

OF_RECOMMENDATION = tuple(
    col(getattr(t.Recommendation, field.name)) for field in fields(RecommendationState)
)
"""The columns that the rules look at, under their own names: no long text is among them."""
OF_REPORT = (
    *(col(getattr(t.Report, f.name)) for f in fields(ReportState)),
    col(t.Report.pcc_response),
)


_VALUES = attrgetter(*(field.name for field in fields(RecommendationState)))


def recommendation_state(row: t.Recommendation) -> RecommendationState:
    """Raises ValueError for a row that says what no rule knows."""
    assert row.id is not None
    return recommendation_of(_VALUES(row))


def recommendation_of(columns: Sequence[Any]) -> RecommendationState:
    """As `recommendation_state`, of OF_RECOMMENDATION's columns: hundreds may fall due at once."""
    id, ref, kind, number, report, owner, board, progress, closure, *rest = columns
    return RecommendationState(
        id, ref, Kind(kind), number, report, owner, board, Progress(progress),
        Closure(closure) if closure else None, *rest,
    )  # fmt: skip


def readable(row: t.Recommendation) -> RecommendationState | None:
    """A row as the rules see it; None for one that says what no rule knows. Its own reminders are
    set aside, and told; it must not take with it every list that it would be in."""
    try:
        return recommendation_state(row)
    except ValueError:
        return None


def report_state(row: t.Report) -> ReportState:
    assert row.id is not None
    return ReportState(
        id=row.id,
        title=row.title,
        force=row.force,
        published=row.published,
        published_set_at=row.published_set_at,
        answered=bool(row.answered or row.pcc_response),
        imported_at=row.imported_at,
    )


def reminder_row(row: t.Reminder, zone: ZoneInfo) -> Row:
    """A row of the ledger as the rules planned it, its moment in the organisation's zone."""
    return Row(
        at=row.at.astimezone(zone),
        rule=Rule(row.rule),
        subject=row.subject,
        occurrence=row.occurrence,
        to=row.to,
        person=row.person,
        why=row.why,
        days=row.days,
        recommendation=row.recommendation_id,
        report=row.report_id,
        board=row.board,
        items=tuple(row.items),
    )
