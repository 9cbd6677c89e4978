"""Import of the report that a document is about: its row, and the fields that are stated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from db import schedule
from db.importing.tracker import noted_before
from db.store import Writing
from db.tables import Recommendation, Report
from documents.record import ImportedRecord, Warning
from governance.identity import force_key, title_key

REPORT_FIELDS = (
    "inspectorate",
    "published",
    "grade",
    "pcc",
    "chief_constable",
    "summary",
    "pcc_response",
    "chief_constable_response",
    "pcc_comments",
    "response",
)


def the_report(
    writing: Writing,
    record: ImportedRecord,
    file: str,
    known: dict[str, Recommendation],
    warnings: list[Warning],
) -> tuple[Report, Any]:
    """The report's row, with what the document says filled in, and the publication held before."""
    stated = {name: getattr(record.report, name) for name in REPORT_FIELDS}
    fields = {name: value for name, value in stated.items() if value not in (None, "")}
    report = _held(writing, record, file, known, warnings)
    if report.id is not None:
        before = report.published
        if fields.get("published", before) != before:
            fields["published_set_at"] = writing.now
        change_stated(writing, report, fields, file)
        return report, before
    for name, value in fields.items():
        setattr(report, name, value)
    if report.published is not None:
        report.published_set_at = writing.now
    writing.add(report)
    fields = {"title": report.title, "force": report.force} | fields
    changes = {name: (None, value) for name, value in fields.items()}
    writing.note("import", schedule.subject_of(report), changes, note=from_file(file))
    return report, report.published


def _held(
    writing: Writing,
    record: ImportedRecord,
    file: str,
    known: dict[str, Recommendation],
    warnings: list[Warning],
) -> Report:
    """The report that the document is about: the one held, or a new one not yet added."""
    title = record.report.title
    if not title:
        reports = {row.report_id for row in known.values()}
        if len(reports) == 1:
            return writing.session.get_one(Report, reports.pop())
        title = Path(file).stem
        warnings.append(Warning(None, f"No report title was found; it is called “{title}” here."))
    force = record.report.force
    fallen_back = not force and writing.organisation.applied_at is not None
    if fallen_back:
        force = writing.organisation.name
    if not force:
        warnings.append(
            Warning(None, f"It is not said which force “{title}” is about, so it has none here.")
        )
    keys = (title_key(title), force_key(force or ""))
    same = writing.select(Report).where(Report.title_key == keys[0])
    row = writing.first(same.where(Report.force_key == keys[1]))
    if row is None and fallen_back:
        # Imported before there was an organisation to fall back on: it is the same report.
        row = writing.first(same.where(Report.force_key == ""))
        if row is not None:
            fields = {"force": force, "force_key": keys[1]}
            writing.change(row, "import", fields, note=from_file(file), replan=False)
    return row or Report(
        organisation=writing.key,
        title=title,
        title_key=keys[0],
        force=force or "",
        force_key=keys[1],
        imported_at=writing.now,
    )


def change_stated(
    writing: Writing,
    row: Report | Recommendation,
    fields: dict[str, Any],
    file: str,
    update: str | None = None,
) -> bool:
    """Set the fields that differ, with a history row; a tracker's Update words are noted in it the
    first time they are seen. Gives True where there was something to change or note."""
    fields = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if isinstance(row, Recommendation) and update and not noted_before(writing, row, update):
        writing.change(row, "import", fields, note=f"{from_file(file)}: {update}", replan=False)
        return True
    if fields:
        writing.change(row, "import", fields, note=from_file(file), replan=False)
    return bool(fields)


def from_file(file: str) -> str:
    return f"from {Path(file).name}"
