"""Plain values of documents: a response record as it was read, and an organisation file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from governance.directory import Board, Person, Post
from governance.words import Closure, DeadlineKind, Kind, Position, Progress

Day = date  # where a field is itself called "date"


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
    """The line on which the item begins."""
    lines: tuple[tuple[int, str], ...] = ()
    """The wording's paragraphs and bullets, each with the line it begins in."""
    # A tracker may state more than a response record does:
    deadline: date | None = None
    owner: str | None = None
    progress: str | None = None
    update: str | None = None

    def line_of(self, words: str) -> int | None:
        """The line in which the words stand, else where the item begins."""
        return next((line for line, text in self.lines if words in text), self.line)


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


@dataclass(frozen=True)
class FileTarget:
    """A recommendation as the organisation file names it: by reference, or within its report."""

    written: str
    """The key without case, # and extra spaces: "24087", "afi 1 @ arrangements in anyshire"."""
    ref: str | None = None
    kind: Kind | None = None
    number: str | None = None
    title: str | None = None
    """The text after the @: words of the report's title, which may end in "of FORCE"."""
    force: str | None = None
    """The text after "of" where there is no @."""


@dataclass(frozen=True)
class FileEntry:
    """An entry of the file about one recommendation: a post, a board, or changed reminder rules."""

    target: FileTarget
    value: Any


@dataclass(frozen=True)
class OrganisationFile:
    """An organisation file, read and checked: every key it refers to is there."""

    name: str
    """The file's name, for sentences about it."""
    force_key: str
    force_name: str
    timezone: str
    holidays: str
    go_live: date | None
    default_board: str | None
    boards: tuple[Board, ...] = ()
    """In the file's order; `applied_at` is the store's affair."""
    posts: tuple[Post, ...] = ()
    """In the file's order: the lead is the first with role lead."""
    people: tuple[Person, ...] = ()
    """Those it describes, then whoever it merely names as holder or deputy."""
    owners: tuple[FileEntry, ...] = ()
    board_of: tuple[FileEntry, ...] = ()
    reminders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Overrides for the whole organisation: {rule: {key: value}}."""
    board_reminders: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    recommendation_reminders: tuple[FileEntry, ...] = ()


@dataclass(frozen=True)
class ExportedUpdate:
    """One progress update that still stands; `at` is ISO 8601 with the zone's offset."""

    at: str
    by: str
    progress: Progress
    text: str


@dataclass(frozen=True)
class ExportedMilestone:
    date: Day
    text: str


@dataclass(frozen=True)
class ExportedRecommendation:
    """One recommendation as it leaves the store, in the order and words of the JSON shape."""

    ref: str | None
    kind: Kind
    number: str
    report: str
    force: str
    theme: str | None
    addressee: str | None
    text: str
    points: tuple[str, ...]
    deadline: date | None
    original_deadline: date | None
    deadline_kind: DeadlineKind
    deadline_text: str | None
    milestones: tuple[ExportedMilestone, ...]
    response: str | None
    updates: tuple[ExportedUpdate, ...]
    progress: Progress
    closure: Closure | None
    inspectorate_position: Position | None
    brag: str
    owner: str | None
    board: str | None
    updated_at: str


@dataclass(frozen=True)
class ExportedReport:
    title: str
    force: str
    inspectorate: str | None
    published: date | None
    grade: str | None
    pcc: str | None
    chief_constable: str | None
    summary: str | None
    pcc_response: str | None
    chief_constable_response: str | None
    pcc_comments: str | None


@dataclass(frozen=True)
class Export:
    """Everything an organisation holds, as its writers take it."""

    recommendations: tuple[ExportedRecommendation, ...]
    reports: tuple[ExportedReport, ...]
