"""What a reader makes of a response record, and what an organisation file says: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from governance.words import Kind


@dataclass(frozen=True)
class Warning:
    """Something a reader did not understand; `text` quotes the words it is about."""

    line: int | None
    """1-based line in the document, None where there are no lines."""
    text: str


@dataclass(frozen=True)
class ImportedItem:
    """One recommendation or AFI as the document has it. Its deadline is read from `text` later."""

    kind: Kind
    text: str
    """The whole wording with lead-ins and closing paragraphs, without the bullets."""
    points: tuple[str, ...] = ()
    """The top-level bullets in order, punctuation as typed, without marks."""
    ref: str | None = None
    """The inspectorate's reference, digits only ("24087")."""
    number: str | None = None
    """The number the document states ("16"); None where items are merely in order."""
    position: int = 0
    """1-based order among the document's items of this kind."""
    theme: str | None = None
    """The headings above the item as typed, joined by " – "."""
    addressee: str | None = None
    """The body before the first "should" or "must" ("chief constables")."""
    response: str | None = None
    line: int | None = None
    """Where the item begins."""
    # A tracker may state more than a response record does:
    deadline: date | None = None
    owner: str | None = None
    progress: str | None = None
    update: str | None = None


@dataclass(frozen=True)
class ImportedReport:
    """The report as the document describes it; what it does not say is None."""

    title: str | None = None
    force: str | None = None
    inspectorate: str | None = None
    published: date | None = None
    grade: str | None = None
    pcc: str | None = None
    chief_constable: str | None = None
    summary: str | None = None
    pcc_response: str | None = None
    chief_constable_response: str | None = None
    pcc_comments: str | None = None
    response: str | None = None
    """A response that answers all items together and is neither the PCC's nor the chief's."""


@dataclass(frozen=True)
class ImportedRecord:
    """One document, read: the report, its items in document order, and what was not understood."""

    report: ImportedReport
    items: tuple[ImportedItem, ...] = ()
    warnings: tuple[Warning, ...] = field(default_factory=tuple)
