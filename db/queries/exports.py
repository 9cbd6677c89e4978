"""The export of everything an organisation holds, as plain values for the writers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from sqlmodel import col

from db import tables as t
from db.store import Reading
from documents.record import (
    Export,
    ExportedMilestone,
    ExportedRecommendation,
    ExportedReport,
    ExportedUpdate,
)
from governance.brag import brag
from governance.words import Closure, DeadlineKind, Kind, Position, Progress

_KINDS = {kind.value: place for place, kind in enumerate(Kind)}


def export(reading: Reading) -> Export:
    """All reports and recommendations, in the order of import, kind and number.

    Updates that were undone are left out; moments are in the organisation's zone; `board` is
    the default one where a recommendation names none.
    """
    reports = reading.all(reading.select(t.Report).order_by(col(t.Report.id)))
    titles = {report.id: report for report in reports}
    updates = _updates(reading)
    rows = sorted(reading.all(reading.select(t.Recommendation)), key=_place)
    return Export(
        recommendations=tuple(
            _recommendation(reading, row, titles[row.report_id], updates.get(row.id or 0, ()))
            for row in rows
        ),
        reports=tuple(_report(report) for report in reports),
    )


def _updates(reading: Reading) -> dict[int, tuple[ExportedUpdate, ...]]:
    updates: dict[int, list[ExportedUpdate]] = defaultdict(list)
    standing = (
        reading.select(t.Update)
        .where(col(t.Update.undone).is_(False))
        .order_by(col(t.Update.at), col(t.Update.id))
    )
    for row in reading.all(standing):
        update = ExportedUpdate(_moment(reading, row.at), row.by, Progress(row.progress), row.text)
        updates[row.recommendation_id].append(update)
    return {id: tuple(several) for id, several in updates.items()}


def _place(row: t.Recommendation) -> tuple[int, int, tuple[int, int, str], int]:
    """Report, kind, number (as a number where it is one), then the order of import."""
    digits = row.number.isdecimal()
    number = (0, int(row.number), "") if digits else (1, 0, row.number)
    return row.report_id, _KINDS[row.kind], number, row.id or 0


def _recommendation(
    reading: Reading,
    row: t.Recommendation,
    report: t.Report,
    updates: tuple[ExportedUpdate, ...],
) -> ExportedRecommendation:
    progress = Progress(row.progress)
    closure = Closure(row.closure) if row.closure else None
    position = row.inspectorate_position
    board = reading.directory.board_of(row.board)
    return ExportedRecommendation(
        ref=row.ref,
        kind=Kind(row.kind),
        number=row.number,
        report=report.title,
        force=report.force,
        theme=row.theme,
        addressee=row.addressee,
        text=row.text,
        points=tuple(row.points),
        deadline=row.deadline,
        original_deadline=row.original_deadline,
        deadline_kind=DeadlineKind(row.deadline_kind),
        deadline_text=row.deadline_text,
        milestones=tuple(
            ExportedMilestone(date.fromisoformat(one["date"]), one["text"])
            for one in row.milestones
        ),
        response=row.response,
        updates=updates,
        progress=progress,
        closure=closure,
        inspectorate_position=Position(position) if position else None,
        brag=brag(progress, closure, row.deadline, reading.today).colour,
        owner=row.owner,
        board=board.key if board else row.board,
        updated_at=_moment(reading, row.updated_at),
    )


def _report(row: t.Report) -> ExportedReport:
    return ExportedReport(
        title=row.title,
        force=row.force,
        inspectorate=row.inspectorate,
        published=row.published,
        grade=row.grade,
        pcc=row.pcc,
        chief_constable=row.chief_constable,
        summary=row.summary,
        pcc_response=row.pcc_response,
        # One answer to all items together is the force's; it must not be lost on the way out.
        chief_constable_response=row.chief_constable_response or row.response,
        pcc_comments=row.pcc_comments,
    )


def _moment(reading: Reading, moment: datetime) -> str:
    return moment.astimezone(reading.directory.zone).isoformat(timespec="seconds")
