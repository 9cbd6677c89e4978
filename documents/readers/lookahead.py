"""Lookahead: the heading that a line is, and the lines that follow it."""

from __future__ import annotations

from collections import Counter

from documents.readers.cursor import Cursor
from documents.readers.fields import STATEMENTS, FieldHeading, ReportField, field_heading
from documents.readers.headings import (
    GroupHeading,
    ItemHeading,
    ResponseHeading,
    SectionHeading,
    group_heading,
    heading_like,
    item_heading,
    response_heading,
    section_heading,
)
from documents.readers.lines import Line, begins_lower
from documents.readers.paragraphs import cuts_date
from documents.readers.request_phrases import asks, opens_ask

Heading = ItemHeading | SectionHeading | GroupHeading | ResponseHeading | FieldHeading

_LABELS_OF_A_FORM = 4
_FAR = 500
"""Lines of one item that are looked through for its response."""


class Lookahead:
    """Lookahead over the lines around the one being read; its answers depend on the cursor."""

    def __init__(self, lines: list[Line], cursor: Cursor) -> None:
        self._lines = lines
        self._cursor = cursor
        self._spaced = _labels_end_in_space(lines)
        self.under_each_item = _statements_under_each_item(lines)
        """The statements whose heading comes back under item after item."""

    def heading(self, line: Line) -> Heading | None:
        """The heading that the line is, if it is one."""
        heading = group_heading(line.text) or item_heading(line.text)
        if heading:
            return heading
        if line.mark is not None and line.count is None and not line.depth:
            return None
        return (
            response_heading(line.text)
            or section_heading(line, labels_end_in_space=self._spaced)
            or field_heading(
                line, in_form=not self._cursor.draft.items, labels_end_in_space=self._spaced
            )
        )

    def next(self, index: int) -> Line | None:
        """The line after this one."""
        return self._lines[index + 1] if index + 1 < len(self._lines) else None

    def leads_to_item(self, index: int) -> bool:
        """Test whether an item comes next, with no more than headings in between."""
        cursor = self._cursor
        for line in self._lines[index + 1 : index + 5]:
            heading = self.heading(line)
            if heading is not None:
                return isinstance(heading, ItemHeading)
            begins = opens_ask(line.text) or (line.mark is not None and asks(line.text))
            if cursor.section is not None and begins:
                return cursor.item is None or not cursor.item.headed
            if line.mark is not None or not heading_like(line.text):
                return False
        return False

    def is_theme(self, index: int, line: Line) -> bool:
        """Test whether the line is a heading above the items that follow."""
        return (
            line.mark is None
            and heading_like(line.text)
            and self._cursor.stands_apart(line)
            and not self.goes_on(index)
            and self.leads_to_item(index)
        )

    def is_unknown_heading(self, index: int, line: Line) -> bool:
        """Test whether the line is a heading, though none that is known."""
        if not heading_like(line.text) or not self._cursor.stands_apart(line):
            return False
        if self.goes_on(index):
            return False
        following = self.next(index)
        # A short line right above bullets leads into them; the document's last line heads nothing.
        return following is not None and following.mark is None

    def goes_on(self, index: int) -> bool:
        """Test whether the next line is the rest of this one's sentence."""
        following = self.next(index)
        if following is None or following.gap or following.mark is not None:
            return False
        return begins_lower(following.text) or cuts_date(self._lines[index].text, following.text)

    def wording_is_next(self, index: int) -> bool:
        """Test whether a plain paragraph comes next."""
        following = self.next(index)
        return following is not None and following.mark is None and not self.heading(following)

    def response_is_next(self, index: int) -> bool:
        """Test whether a response's heading comes next."""
        following = self.next(index)
        return following is not None and isinstance(self.heading(following), ResponseHeading)

    def response_follows(self, index: int) -> bool:
        """Test whether a response's heading comes before the next item or field."""
        for line in self._lines[index + 1 : index + _FAR]:
            heading = self.heading(line)
            if heading is not None:
                return isinstance(heading, ResponseHeading)
        return False


def _statements_under_each_item(lines: list[Line]) -> set[ReportField]:
    seen: Counter[ReportField] = Counter()
    for line in lines:
        heading = field_heading(line, in_form=False, labels_end_in_space=False)
        if heading and heading.field in STATEMENTS:
            seen[heading.field] += 1
    return {field for field, times in seen.items() if times > 1}


def _labels_end_in_space(lines: list[Line]) -> bool:
    """Test whether this is a record form whose tabs have become spaces."""
    labels = set()
    for line in lines:
        if "\t" in line.text or line.mark is not None:
            continue
        heading = field_heading(line, in_form=True, labels_end_in_space=True)
        if heading and heading.field not in STATEMENTS:
            labels.add(heading.field)
    return len(labels) >= _LABELS_OF_A_FORM
