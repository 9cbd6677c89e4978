"""Import of a response record that somebody handed over in chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.idempotency import run_once
from commands.request import Request
from db.importing.records import ImportOutcome, import_record
from db.store import Store
from governance.errors import DulyError
from governance.limits import RECORD_BYTES
from governance.rights import Right, check
from governance.words import Kind
from messages.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from documents.record import ImportedRecord, Warning

MOST_WARNINGS = 15


def may_import(store: Store, person: str | None) -> None:
    """Raises NotAllowed unless this person may import."""
    with store.read() as reading:
        check(reading.directory, person, reading.today, Right.IMPORT)


def too_large(name: str, size: int) -> DulyError | None:
    """The error for a file of so many bytes, None where it can be read."""
    if size <= RECORD_BYTES:
        return None
    mega = size / 1024 / 1024
    return DulyError(f"{name} is {mega:.1f} MB, and Duly reads records of up to 10 MB.")


def read_record(name: str, content: bytes) -> ImportedRecord:
    """The record in a document. Raises NotUnderstood, and for one too large."""
    from documents.readers import read_document

    if (error := too_large(name, len(content))) is not None:
        raise error
    return read_document(name, content)


def review(name: str, record: ImportedRecord) -> str:
    """A summary of the record in a document, before anything is imported."""
    counts = {kind: sum(item.kind is kind for item in record.items) for kind in Kind}
    items = ", ".join(_count(kind, number) for kind, number in counts.items() if number)
    title = f"“{record.report.title}”" if record.report.title else "a report it does not name"
    force = f", {record.report.force}" if record.report.force else ""
    lines = [f"{name}: {title}{force}. Found: {items or 'no recommendation'}."]
    return "\n".join([*lines, *_warnings(record.warnings)])


def import_document(store: Store, request: Request, name: str, content: bytes) -> Reply:
    """Import one document for whoever asks; the same request twice imports once.

    Never raises what has a sentence: that is the answer, with ok False.
    """
    try:
        may_import(store, request.person)
        record = read_record(name, content)
        return run_once(store, request, lambda keyed: _imported(keyed, request, record, name))
    except DulyError as error:
        return Reply(f"{name} was not imported. {error.sentence}", ok=False)


def _imported(store: Store, request: Request, record: ImportedRecord, name: str) -> Reply:
    with store.write(request.actor) as writing:
        outcome = import_record(writing, record, name)
    return Reply(_summary(name, outcome))


def _summary(name: str, outcome: ImportOutcome) -> str:
    if outcome.report is None:
        return "\n".join([f"Nothing was imported from {name}.", *_warnings(outcome.warnings)])
    force = f", {outcome.force}" if outcome.force else ""
    counts = (
        f"{outcome.added} added, {outcome.changed} changed, {outcome.unchanged} left as they were"
    )
    head = f"Duly noted. {name} is imported: “{outcome.report}”{force}: {counts}."
    return "\n".join([head, *_warnings(outcome.warnings)])


def _warnings(warnings: Sequence[Warning]) -> list[str]:
    """A line for each warning, with its line in the document where there is one."""
    if not warnings:
        return []
    shown = [_warning(each) for each in warnings[:MOST_WARNINGS]]
    more = len(warnings) - MOST_WARNINGS
    rest = [f"… and {more} more; `duly import` lists them all."] if more > 0 else []
    return [f"To look at ({len(warnings)}):", *shown, *rest]


def _warning(warning: Warning) -> str:
    return f"- line {warning.line}: {warning.text}" if warning.line else f"- {warning.text}"


def _count(kind: Kind, number: int) -> str:
    if kind is Kind.RECOMMENDATION:
        return f"{number} recommendation{'s' if number != 1 else ''}"
    if kind is Kind.AFI:
        return f"{number} area{'s' if number != 1 else ''} for improvement"
    return f"{number} cause{'s' if number != 1 else ''} of concern"
