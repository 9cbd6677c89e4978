"""Mapping of rows to the values that the rules in `governance` are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from db import tables as t
from governance import directory as g
from governance.progress import ProgressState
from governance.reminders import Row
from governance.states import RecommendationState, ReportState
from governance.subject import Subject
from governance.words import Closure, Kind, Progress, Role, Rule

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


def progress_state(row: t.Recommendation) -> ProgressState:
    """A recommendation's progress, claim and closure."""
    before = row.progress_before_complete
    return ProgressState(
        Progress(row.progress),
        row.completed_by,
        Progress(before) if before else None,
        Closure(row.closure) if row.closure else None,
        row.closed_at,
    )


def progress_columns(state: ProgressState) -> dict[str, Any]:
    """The columns of a recommendation that hold it."""
    return {
        name: value.value if isinstance(value, StrEnum) else value
        for name, value in vars(state).items()
    }


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
        subject=Subject(row.subject),
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


def _earlier_cadence(kept: Mapping[str, Any], zone: ZoneInfo) -> g.EarlierCadence:
    until = datetime.fromisoformat(kept["until"]).astimezone(zone).replace(tzinfo=None)
    first = datetime.fromisoformat(kept["first"])
    return g.EarlierCadence(g.Cadence(first, kept["rule"], kept["every_months"]), until)


def load_directory(session: Session, organisation: t.Organisation) -> g.Directory:
    """The directory of one organisation: people, posts, boards, meetings, overrides."""
    key = organisation.id
    absences = defaultdict(list)
    for a in session.exec(select(t.Absence).where(t.Absence.organisation == key)):
        absences[a.person].append(g.Absence(a.starts, a.ends))
    tenures = defaultdict(list)
    for held in session.exec(
        select(t.Tenure).where(t.Tenure.organisation == key).order_by(col(t.Tenure.position))
    ):
        tenures[held.post].append(g.Tenure(held.person, held.starts, held.ends))
    identities: dict[str, dict[str, str]] = defaultdict(dict)
    for identity in session.exec(select(t.Identity).where(t.Identity.organisation == key)):
        identities[identity.person][identity.platform] = identity.platform_id
    people = {
        p.key: g.Person(p.key, p.name, identities[p.key], tuple(absences.pop(p.key, ())))
        for p in session.exec(select(t.Person).where(t.Person.organisation == key))
    }
    posts = {
        p.key: g.Post(p.key, p.title, Role(p.role), tuple(tenures[p.key]), p.deputy)
        for p in session.exec(
            select(t.Post).where(t.Post.organisation == key).order_by(col(t.Post.position))
        )
    }
    moved: dict[str, dict[datetime, datetime]] = defaultdict(dict)
    changed: dict[str, dict[datetime, datetime]] = defaultdict(dict)
    cancelled = defaultdict(set)
    for change in session.exec(select(t.MeetingChange).where(t.MeetingChange.organisation == key)):
        original = datetime.fromisoformat(change.original)
        if change.changed_at is not None:
            changed[change.board][original] = change.changed_at
        if change.moved_to is None:
            cancelled[change.board].add(original)
        elif change.moved_to != change.original:
            moved[change.board][original] = datetime.fromisoformat(change.moved_to)
    zone = ZoneInfo(organisation.timezone)
    boards = {
        b.key: g.Board(
            key=b.key,
            name=b.name,
            chair=b.chair,
            secretary=b.secretary,
            channel=b.channel,
            cadence=g.Cadence(datetime.fromisoformat(b.first), b.rule, b.every_months),
            minutes=b.minutes,
            moved=moved[b.key],
            cancelled=frozenset(cancelled[b.key]),
            changed=changed[b.key],
            applied_at=b.applied_at,
            earlier=tuple(_earlier_cadence(one, zone) for one in b.earlier_cadences),
        )
        for b in session.exec(
            select(t.Board).where(t.Board.organisation == key).order_by(col(t.Board.position))
        )
    }
    return g.Directory(
        force_key=organisation.key,
        force_name=organisation.name,
        zone=zone,
        nation=organisation.holidays,
        applied_at=organisation.applied_at or organisation.created_at,
        go_live=organisation.go_live,
        default_board=organisation.default_board,
        boards=boards,
        posts=posts,
        people=people,
        overrides=_overrides(organisation),
    )


def _overrides(organisation: t.Organisation) -> g.Overrides:
    """The overrides as stored: `recommendations` is keyed by id there, as text (JSON keys are)."""
    overrides = organisation.reminders
    return g.Overrides(
        organisation=overrides.get("organisation", {}),
        boards=overrides.get("boards", {}),
        recommendations={int(k): v for k, v in overrides.get("recommendations", {}).items()},
    )
