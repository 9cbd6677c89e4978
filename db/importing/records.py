"""Import of a response record: one document, in the caller's transaction, idempotent.

What is not stated never wipes what is held; what is stated anew is a change with its history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import col

from db import schedule
from db.importing.deadlines import first_dated, redated, settle_publication, stated_deadline
from db.importing.numbering import numbered
from db.importing.recognition import Recognised, quoted, recognise, whole_key
from db.importing.reports import change_stated, from_file, the_report
from db.importing.tracker import tracked
from db.organisation.apply import settle_file_entries
from db.queries.lookup import by_references
from db.store import Writing
from db.tables import Recommendation, Report
from documents.record import ImportedItem, ImportedRecord, Warning
from governance.identity import text_key
from governance.subject import ORGANISATION
from governance.words import Kind, label, reference_or_label

__all__ = ["ImportOutcome", "import_record", "settle_publication"]


@dataclass(frozen=True)
class ImportOutcome:
    """The outcome of importing one document. The counts are of recommendations."""

    file: str
    report: str | None
    force: str | None
    added: int
    changed: int
    unchanged: int
    warnings: tuple[Warning, ...]


def import_record(writing: Writing, record: ImportedRecord, file: str) -> ImportOutcome:
    """Import what a reader made of the document `file`.

    Everything that was not understood, or is doubtful, is a warning with its line where there is
    one. A document with neither a title nor an item adds nothing.
    """
    warnings = list(record.warnings)
    if not record.items and not record.report.title:
        warnings.append(Warning(None, "Neither a report's title nor an item was found."))
        return ImportOutcome(file, None, None, 0, 0, 0, tuple(warnings))
    ticked = writing.mark("last_tick")
    moved = schedule.turn_back(writing.session, writing.key, writing.now, ticked)
    writing.forget_directory()
    known = _known_references(writing, record.items)
    report, before = the_report(writing, record, file, known, warnings)
    items = _import_items(writing, report, record.items, file, known, warnings)
    if before != report.published:
        settle_publication(writing, report, before=before, leave=[row.id for row in items.rows])
    writing.replan(
        ORGANISATION,
        schedule.subject_of(report),
        *(schedule.subject_of(row) for row in items.rows),
        *moved,
    )
    entries = settle_file_entries(writing, items.rows)
    warnings += [Warning(None, sentence) for sentence in entries.warnings]
    return ImportOutcome(
        file,
        report.title,
        report.force or None,
        items.added,
        items.changed,
        len(items.rows) - items.added - items.changed,
        tuple(sorted(warnings, key=lambda w: (w.line is None, w.line or 0))),
    )


def _known_references(
    writing: Writing, items: tuple[ImportedItem, ...]
) -> dict[str, Recommendation]:
    """The recommendations, of whatever report, that the document's references belong to."""
    refs = {item.ref for item in items if item.ref}
    return by_references(writing, refs)


@dataclass
class _Items:
    rows: list[Recommendation]
    added: int = 0
    changed: int = 0


def _import_items(
    writing: Writing,
    report: Report,
    items: tuple[ImportedItem, ...],
    file: str,
    known: dict[str, Recommendation],
    warnings: list[Warning],
) -> _Items:
    held = writing.all(
        writing.select(Recommendation)
        .where(Recommendation.report_id == report.id)
        .order_by(col(Recommendation.id))
    )
    elsewhere = {
        ref: _named_elsewhere(writing, row)
        for ref, row in known.items()
        if row.report_id != report.id
    }
    recognition = recognise(items, held, elsewhere)
    warnings += recognition.warnings
    numbers = numbered(recognition.items, held, warnings)
    for row, number in numbers.moved:
        writing.change(row, "import", {"number": number}, note=from_file(file), replan=False)
    done = _Items([])
    new = []
    for one, number in zip(recognition.items, numbers.given, strict=True):
        if one.row is None:
            one.row = _new(writing, report, one, number, warnings)
            new.append((one.row, one.item))
            writing.session.add(one.row)
            done.added += 1
        else:
            fields = _changed(writing, report, one, one.row, number, warnings)
            done.changed += change_stated(writing, one.row, fields, file, one.item.update)
        done.rows.append(one.row)
    writing.session.flush()
    for row, item in new:
        _note_new(writing, row, item, file)
    return done


def _named_elsewhere(writing: Writing, row: Recommendation) -> str:
    other = writing.session.get_one(Report, row.report_id)
    force = f" ({other.force})" if other.force else ""
    return f"{label(Kind(row.kind), row.number)} of “{other.title}”{force}"


def _new(
    writing: Writing, report: Report, one: Recognised, number: str, warnings: list[Warning]
) -> Recommendation:
    item = one.item
    assert report.id is not None
    deadline = stated_deadline(item.text, item.points, report.published, item.deadline)
    warnings += [_about_wording(item, text) for text in deadline.warnings]
    row = Recommendation(
        organisation=writing.key,
        report_id=report.id,
        ref=one.ref,
        kind=item.kind.value,
        number=number,
        number_stated=item.number is not None,
        position=item.position,
        theme=item.theme,
        addressee=item.addressee,
        text=item.text,
        text_key=one.whole,
        points=list(item.points),
        response=item.response,
        imported_at=writing.now,
        updated_at=writing.now,
    )
    for name, value in (
        first_dated(writing, deadline) | tracked(writing, row, item, warnings)
    ).items():
        setattr(row, name, value)
    return row


def _about_wording(item: ImportedItem, text: str) -> Warning:
    """A warning, in the line of the words that it quotes."""
    quoted_words = text.partition("“")[2].partition("”")[0]
    return Warning(item.line_of(quoted_words), text)


def _note_new(writing: Writing, row: Recommendation, item: ImportedItem, file: str) -> None:
    fields = {
        "ref": row.ref,
        "number": row.number,
        "text": row.text,
        "deadline": row.deadline,
        "owner": row.owner,
        "progress": row.progress if item.progress else None,
        "response": row.response,
    }
    changes = {name: (None, value) for name, value in fields.items() if value is not None}
    note = f"{from_file(file)}: {item.update}" if item.update else from_file(file)
    writing.note("import", schedule.subject_of(row), changes, note=note)


def _changed(
    writing: Writing,
    report: Report,
    one: Recognised,
    row: Recommendation,
    number: str,
    warnings: list[Warning],
) -> dict[str, Any]:
    """The columns that the document states anew."""
    item = one.item
    fields: dict[str, Any] = _reworded(one, row)
    if one.ref is not None:
        fields["ref"] = one.ref
    if item.number is not None:
        fields |= {"number": number, "number_stated": True}
    for name in ("theme", "addressee", "response"):
        if value := getattr(item, name):
            fields[name] = value
    if item.kind.value != row.kind:
        kept = reference_or_label(row.ref, row.kind, row.number)
        warnings.append(
            Warning(
                item.line,
                f"{quoted(item.text)} is held as {label(Kind(row.kind), row.number)}"
                f" and stays so, though the document calls {kept} {item.kind.noun}.",
            )
        )
    deadline = stated_deadline(item.text, item.points, report.published, item.deadline)
    dated, doubt = redated(writing, row, deadline)
    doubts = (*deadline.warnings, doubt) if doubt else deadline.warnings
    warnings += [_about_wording(item, text) for text in doubts]
    return fields | dated | tracked(writing, row, item, warnings)


def _reworded(one: Recognised, row: Recommendation) -> dict[str, Any]:
    """Text and points as the document has them; the same words without bullets lose none."""
    text, points = one.item.text or row.text, list(one.item.points) or row.points
    if one.whole == row.text_key and row.points and not one.item.points:
        return {}
    if not one.item.points and row.points and text_key(text) != text_key(row.text):
        # The bullets may stand in the text now: then they are not kept a second time.
        inside = text_key(text)
        points = [point for point in row.points if text_key(point) not in inside]
    return {"text": text, "points": points, "text_key": whole_key(text, points)}
