"""Paragraphs and bullets gathered under one heading, and the wording they make."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from documents.readers.lines import Line, begins_lower, closed, full_stop
from governance.dates import MONTH

_OPEN_END = re.compile(r"(?:,|\b(?:the|of|and|or|to|in|for|with|a|an|by|on|at|that|their))$", re.I)
_ENDING = 80
_MOST_BULLETS = 60
"""Bullets above one that its depth is taken from."""
_POINT_END = re.compile(r";(?:\s*(?:and/or|and|or))?$", re.IGNORECASE)

_DATE_BEGUN = re.compile(
    rf"(?:\b\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?|\b(?:{MONTH})\.?,?)\s*\Z", re.IGNORECASE
)
_DATE_ENDED = re.compile(rf"(?:(?:of\s+)?(?:{MONTH})\b|(?:19|20|21)\d\d\b)", re.IGNORECASE)


def cuts_date(text: str, following: str) -> bool:
    """Test whether a line break stands within a date: "By 31 December" and "2023, chief …"."""
    begun = _DATE_BEGUN.search(text, max(0, len(text) - 20))
    return begun is not None and _DATE_ENDED.match(following) is not None


@dataclass
class Paragraph:
    """A paragraph (`level` None) or a bullet (0 at top level, 1 nested …)."""

    line: Line
    text: str
    level: int | None = None


@dataclass
class Body:
    """The paragraphs and bullets under one heading, in order."""

    parts: list[Paragraph] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def last(self) -> Paragraph | None:
        """The part that is being added to."""
        return self.parts[-1] if self.parts else None

    @property
    def line(self) -> int | None:
        """The number of the body's first line."""
        return self.parts[0].line.number if self.parts else None

    def continues(self, line: Line) -> bool:
        """Test whether the line goes on with a sentence that a line or page break has cut."""
        last = self.last
        if last is None or line.mark is not None:
            return False
        if cuts_date(last.text, line.text):
            return True
        if not closed(last.text) and begins_lower(line.text):
            return not self._is_unmarked_point(last)
        if last.level is None or line.gap:
            return False
        if line.indent > last.line.indent and not full_stop(last.text):
            return True
        end = last.text[-_ENDING:]
        wrapped = _OPEN_END.search(end) and not _POINT_END.search(end)
        return bool(wrapped) or (
            not closed(last.text) and bool(_POINT_END.search(line.text[-_ENDING:]))
        )

    def _is_unmarked_point(self, last: Paragraph) -> bool:
        """Test whether "…; and" ends a point of a list whose marks are lost."""
        before = self.parts[-2].text if len(self.parts) > 1 else ""
        ends = _POINT_END.search(last.text[-_ENDING:]) is not None
        return ends and last.level is None and before.endswith((":", ";"))

    def add(self, line: Line, words: str | None = None) -> None:
        """Add a line where it belongs: to the sentence it goes on with, or as a new part."""
        text = line.words if words is None else " ".join(words.split())
        last = self.last
        if last is not None and self.continues(line):
            # A word hyphenated at the line's end keeps its hyphen: "counter-" + "corruption".
            joint = "" if re.search(r"\w-$", last.text[-2:]) else " "
            last.text = f"{last.text}{joint}{text}"
            return
        level = None if line.mark is None else level_of(line, self.parts)
        self.parts.append(Paragraph(line, text, level))

    def take_from(self, index: int) -> Body:
        """Cut the parts from `index` on, and return them as a body of their own."""
        cut = Body(self.parts[index:])
        del self.parts[index:]
        return cut

    def prose(self) -> str | None:
        """The body as a statement is kept: paragraphs parted by a blank line, bullets by a dash."""
        written = ""
        before: Paragraph | None = None
        for part in self.parts:
            text = part.text if part.level is None else f"{'  ' * part.level}- {part.text}"
            in_list = before is not None and before.level is not None and part.level is not None
            written += ("\n" if in_list else "\n\n") + text if written else text
            before = part
        return written or None

    def wording(self) -> tuple[str, tuple[str, ...]]:
        """The body as an item: its paragraphs joined by a blank line, and its top-level points."""
        paragraphs: list[str] = []
        points: list[str] = []
        for part in unmarked_lists(self.parts):
            if part.level is None:
                paragraphs.append(part.text)
            elif part.level == 0 or not points:
                points.append(part.text)
            else:
                points[-1] = f"{points[-1]}\n{part.text}"
        return "\n\n".join(paragraphs), tuple(points)


def unmarked_lists(parts: list[Paragraph]) -> list[Paragraph]:
    """The parts, with a list that has lost its marks ("…:", "first;", "second.") as bullets."""
    marked = [Paragraph(part.line, part.text, part.level) for part in parts]
    for index, part in enumerate(marked[:-1]):
        following = marked[index + 1]
        if part.level is not None or not part.text.endswith(":"):
            continue
        if following.level is not None or not _POINT_END.search(following.text):
            continue
        for point in marked[index + 1 :]:
            if point.level is not None:
                break
            point.level = 0
            if not _POINT_END.search(point.text):
                break
    return marked


def level_of(line: Line, parts: list[Paragraph]) -> int:
    """The depth of a bullet, from its indent, its mark, and the bullet it stands under."""
    bullets = []
    for part in islice(reversed(parts), _MOST_BULLETS):
        if part.level is None:
            break
        bullets.append(part)
    if not bullets:
        return 0
    before = bullets[0]
    before_level = before.level or 0
    if line.depth and before.line.depth:
        return max(0, line.depth - 1)
    leads = before.text.endswith(":")
    deeper = line.indent - before.line.indent
    if deeper > 0 and (leads or deeper > 1 or line.mark != before.line.mark):
        return before_level + 1
    if leads and line.mark != before.line.mark:
        return before_level + 1
    if leads and deeper == 0 and begins_lower(line.text) and not begins_lower(before.text):
        return before_level + 1
    for part in bullets:
        same_mark = part.line.mark == line.mark
        if same_mark and begins_lower(part.text) == begins_lower(line.text):
            if abs(part.line.indent - line.indent) <= 1:
                return part.level or 0
        elif part.line.indent >= line.indent > 0 and same_mark:
            return part.level or 0
    shallower = [part for part in bullets if part.line.indent <= line.indent]
    return (shallower[0].level or 0) if shallower and line.indent else 0
