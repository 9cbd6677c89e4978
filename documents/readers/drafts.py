"""A record while it is being read."""

from __future__ import annotations

from dataclasses import dataclass, field

from documents.readers.fields import ReportField
from documents.readers.paragraphs import Body
from documents.record import Warning
from governance.words import Kind


@dataclass
class ItemDraft:
    """One item as far as it has been read."""

    kind: Kind
    line: int
    number: str | None = None
    ref: str | None = None
    caption: str | None = None
    themes: tuple[str, ...] = ()
    headed: bool = True
    """It has a heading of its own; without one it is a bullet or paragraph of a section."""
    answering: ReportField | None = None
    """It stands inside a statement: it may be that statement's answer to an item."""
    body: Body = field(default_factory=Body)
    response: Body | None = None
    answered_by_name: bool = False
    """Its response stood elsewhere, under a heading that names this item."""
    left_out: bool = False
    """An unknown heading has come: what follows is not this item's wording."""

    @property
    def name(self) -> str:
        """The item's name in a warning: "AFI 2", "the recommendation at line 40"."""
        if self.number:
            return f"{self.kind.noun} {self.number}"
        if self.ref:
            return f"{self.kind.noun} #{self.ref}"
        return f"the {self.kind.noun} at line {self.line}"


@dataclass
class StatedCount:
    """A count of items of one kind that the document states."""

    kind: Kind
    count: int
    line: int
    words: str


@dataclass
class RecordDraft:
    """Everything read so far."""

    items: list[ItemDraft] = field(default_factory=list)
    fields: dict[ReportField, Body] = field(default_factory=dict)
    header: list[tuple[int, str]] = field(default_factory=list)
    """Lines above everything else: the document's own title, who published it and when."""
    preamble: Body = field(default_factory=Body)
    imprint: Body = field(default_factory=Body)
    titles: list[str] = field(default_factory=list)
    """The report's title as the headings of items repeat it."""
    counts: list[StatedCount] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)

    def body(self, of: ReportField) -> Body:
        """The body of a field, begun if need be."""
        return self.fields.setdefault(of, Body())

    def warn(self, line: int | None, text: str) -> None:
        """Tell the importer about a line."""
        self.warnings.append(Warning(line, text))


def quote(text: str, length: int = 80) -> str:
    """Words in quotation marks, cut at a word's end."""
    words = " ".join(text.split())
    if len(words) > length:
        words = words[:length].rsplit(" ", 1)[0].rstrip(",;:") + " …"
    return f"“{words}”"
