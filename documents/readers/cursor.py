"""The cursor of the outline parser: the section, item, response or statement that is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from documents.readers.drafts import ItemDraft, RecordDraft, quote
from documents.readers.fields import ReportField, speaker
from documents.readers.lines import Line, closed
from documents.readers.paragraphs import Body
from documents.readers.request_phrases import addressee, asked_at_once, kind_by_wording
from governance.words import Kind

ASKED_EVERYWHERE: frozenset[str | None] = frozenset(
    {
        "chief constables",
        "every chief constable",
        "each chief constable",
        "all chief constables",
        "chief officers",
        "forces",
        "all forces",
        "police and crime commissioners",
        "local policing bodies",
        "the College of Policing",
        "the Home Office",
        "the Home Secretary",
        "the National Police Chiefs' Council",
        "the National Police Chiefs’ Council",
    }
)
_WHOSE = {
    ReportField.PCC_RESPONSE: "the PCC's response",
    ReportField.CHIEF_CONSTABLE_RESPONSE: "the chief constable's response",
    ReportField.RESPONSE: "a response to the whole report",
}


class HeadingStack:
    """The headings that stand above the next item.

    Headings that follow each other with no item between them stack. A heading after an item
    replaces those before it, but stays under one in capitals ("LEGITIMACY"), unless it is in
    capitals itself.
    """

    def __init__(self) -> None:
        self._headings: list[str] = []
        self._stacking = True

    def add(self, heading: str) -> None:
        """Another heading has come."""
        if heading.isupper():
            self._headings = [*self._headings, heading] if self._stacking else [heading]
        elif self._stacking:
            self._headings.append(heading)
        else:
            self._headings = [*(held for held in self._headings if held.isupper()), heading]
        self._stacking = True

    def begin_item(self) -> tuple[str, ...]:
        """The headings of an item that begins here."""
        self._stacking = False
        return tuple(self._headings)


class Cursor:
    """The position in the record where the next line belongs.

    An open item comes before an open field, and both before a section; with none of them the line
    is a part of the document's preamble.
    """

    def __init__(self) -> None:
        self.draft = RecordDraft()
        self.section: Kind | None = None
        self.item: ItemDraft | None = None
        self.field: ReportField | None = None
        self.shared = False
        """The PCC and the chief constable speak by turns in this field."""
        self.themes = HeadingStack()
        self._openings: dict[Callable[[str], str | None], tuple[int, set[str | None]]] = {}

    @property
    def body(self) -> Body:
        """The body that the next line is added to."""
        if self.item is not None:
            return self.item.body if self.item.response is None else self.item.response
        if self.field is not None:
            return self.draft.body(self.field)
        return self.draft.preamble

    def leave(self, into: ReportField | None = None, *, shared: bool = False) -> None:
        """Close the item and the section, and stand in a field or in none."""
        self.item, self.section, self.field, self.shared = None, None, into, shared

    def stands_apart(self, line: Line) -> bool:
        """Test whether the line cannot be the rest of the sentence before it."""
        last = self.body.last
        return line.gap or last is None or closed(last.text) or last.level is not None

    def open_item(self, line: Line, kind: Kind, answering: ReportField | None = None) -> ItemDraft:
        """Begin an item under the headings above it."""
        item = ItemDraft(kind, line.number, themes=self.themes.begin_item(), answering=answering)
        self.draft.items.append(item)
        self.item, self.field = item, None
        return item

    def open_unheaded(self, line: Line, *, warn: bool) -> ItemDraft:
        """Begin an item that has no heading of its own; `line` holds its first words."""
        last = self.draft.items[-1].kind if self.draft.items else Kind.RECOMMENDATION
        item = self.open_item(line, kind_by_wording(line.text) or self.section or last)
        item.headed = False
        item.number = line.count if line.count and line.count.isdigit() else None
        item.body.add(line)
        if warn:
            article = "an" if item.kind is Kind.AFI else "a"
            self.draft.warn(
                line.number,
                f"No heading stands above {quote(line.words)}; it was taken as {article} "
                f"{item.kind.noun} of its own.",
            )
        return item

    def begin_statement(self, line: Line) -> None:
        """Somebody begins to speak for whom no heading stands."""
        field = speaker(line.text) or ReportField.RESPONSE
        self.draft.warn(
            line.number,
            f"No heading stands above {quote(line.words)}; it was taken as {_WHOSE[field]}.",
        )
        self.leave(field, shared=True)
        self.draft.body(field).add(line)

    def add_theme(self, line: Line) -> None:
        """A heading above the items that follow."""
        self.themes.add(line.words)
        self.item, self.field = None, None

    def asks_elsewhere(self, body: str | None) -> bool:
        """Test whether an item so far asks this body, or it is one that is asked everywhere."""
        return body in ASKED_EVERYWHERE or self._opens_so(addressee, body)

    def begins_elsewhere(self, subject: str | None) -> bool:
        """Test whether an undated item so far begins with these words ("the force")."""
        return self._opens_so(asked_at_once, subject)

    def names_kind_elsewhere(self, kind: Kind | None) -> bool:
        """Test whether an item so far names this kind in its first words."""
        return self._opens_so(kind_by_wording, kind)

    def _opens_so(self, read: Callable[[str], str | None], value: str | None) -> bool:
        """Test whether `read` gives `value` of an item's first words.

        The items that are complete are read once; the last may still grow.
        """
        if value is None:
            return False
        items = self.draft.items
        done, values = self._openings.setdefault(read, (0, set()))
        values.update(map(read, _first_words(items[done:-1])))
        self._openings[read] = (max(done, len(items) - 1), values)
        return value in values or value in map(read, _first_words(items[-1:]))


def _first_words(items: Iterable[ItemDraft]) -> Iterator[str]:
    return (item.body.parts[0].text for item in items if item.body)
