"""Rows as the rules see them."""

from __future__ import annotations

from dataclasses import fields

from sqlmodel import col

from db import tables as t
from governance.states import RecommendationState, ReportState
from governance.words import Closure, Kind, Progress

OF_RECOMMENDATION = tuple(
    col(getattr(t.Recommendation, field.name)) for field in fields(RecommendationState)
)
"""The columns that the rules look at, under their own names: no long text is among them."""
OF_REPORT = (
    *(col(getattr(t.Report, f.name)) for f in fields(ReportState)),
    col(t.Report.pcc_response),
)


def recommendation_state(row: t.Recommendation) -> RecommendationState:
    assert row.id is not None
    return RecommendationState(
        id=row.id,
        ref=row.ref,
        kind=Kind(row.kind),
        number=row.number,
        report_id=row.report_id,
        owner=row.owner,
        board=row.board,
        progress=Progress(row.progress),
        closure=Closure(row.closure) if row.closure else None,
        deadline=row.deadline,
        deadline_version=row.deadline_version,
        deadline_set_at=row.deadline_set_at,
        imported_at=row.imported_at,
        last_update_at=row.last_update_at,
    )


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
