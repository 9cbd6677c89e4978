"""The organisation as the rules see it: a `governance.Directory` built from the tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from db import tables as t
from governance import directory as g
from governance.words import Role


def load_directory(session: Session, organisation: t.Organisation) -> g.Directory:
    """Everything about who is who in one organisation."""
    key = organisation.id
    absences = defaultdict(list)
    for a in session.exec(select(t.Absence).where(t.Absence.organisation == key)):
        absences[a.person].append(g.Absence(a.starts, a.ends))
    tenures = defaultdict(list)
    for held in session.exec(
        select(t.Tenure).where(t.Tenure.organisation == key).order_by(col(t.Tenure.position))
    ):
        tenures[held.post].append(g.Tenure(held.person, held.starts, held.ends))
    people = {
        p.key: g.Person(p.key, p.name, p.slack, p.teams, tuple(absences.pop(p.key, ())))
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
        )
        for b in session.exec(
            select(t.Board).where(t.Board.organisation == key).order_by(col(t.Board.position))
        )
    }
    return g.Directory(
        force_key=organisation.key,
        force_name=organisation.name,
        zone=ZoneInfo(organisation.timezone),
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
    said = organisation.reminders
    return g.Overrides(
        organisation=said.get("organisation", {}),
        boards=said.get("boards", {}),
        recommendations={int(k): v for k, v in said.get("recommendations", {}).items()},
    )
