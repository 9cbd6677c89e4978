"""HTML inside text cells: tags become line breaks and bullets, entities become characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from documents.readers.decoding import RawLine

_BLOCKS = {"p", "div", "br", "tr", "table", "tbody", "thead", "section", "article", "blockquote"}
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "hr", "body", "html", "dl", "dt", "dd"}
_LISTS = {"ul", "ol"}
_INLINE = {"a", "abbr", "b", "em", "font", "i", "s", "small", "span", "strong", "sub", "sup", "u"}
_CELLS = {"td", "th"}
_UNSEEN = {"script", "style"}
_TAGS = _BLOCKS | _LISTS | _INLINE | _CELLS | _UNSEEN | {"li"}
_TOKEN = re.compile(
    rf"<(?P<close>/)?(?P<tag>{'|'.join(sorted(_TAGS))})\b[^<>]*>|(?P<comment><!--)", re.IGNORECASE
)
_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_TAGS))})\b[^<>]*>|<!--", re.IGNORECASE)
_CUT_TAG = re.compile(rf"<(?:{'|'.join(sorted(_TAGS))})\b[^<>]*$", re.IGNORECASE)
_LONGEST_CUT_TAG = 2_000
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{0,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_LIST_MARK = re.compile(r"\s*[•·▪●◦‣⁃\uf0b7]\s*")
_LIST_DASH = re.compile(r"(?:(?<=[;.])|(?<=; and)|(?<=; or))\s+[-–*]\s+")
_AFTER_SEMICOLON = re.compile(r"(;\s*(?:(?:and/or|and|or)\b)?)", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A line once its markup is gone. `depth` is 1 for a bullet of a list, 2 for a nested one."""

    number: int
    text: str
    depth: int = 0
    gap: bool = False


class _Cell:
    """The markup of table cells as pieces of text; remembers open lists from one line to the next.

    A tokenizer of its own, because the standard library's parser takes quadratic time of tags
    that are never closed, and no attribute is of interest.
    """

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.number = 0
        self._text = ""
        self._gap = False
        self._unseen = 0
        self._lists: list[bool] = []  # for each open list: has it shown an <li>?
        self._in_item = False

    def feed(self, text: str) -> None:
        """Read one line of text and tags."""
        at = 0
        for token in _TOKEN.finditer(text):
            if token.start() < at:
                continue  # within a comment
            self._data(text[at : token.start()])
            at = token.end()
            if token["comment"]:
                end = text.find("-->", at)
                at = len(text) if end < 0 else end + 3
            elif token["close"]:
                self._end_tag(token["tag"].lower())
            else:
                self._start_tag(token["tag"].lower())
        self._data(text[at:])

    def _start_tag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _INLINE or tag in _UNSEEN:
            return
        if tag in _CELLS:
            self._text += "\t"
            return
        self.flush()
        if tag in _LISTS:
            self._lists.append(False)
            self._in_item = False
        elif tag == "li":
            if not self._lists:
                self._lists.append(True)
            self._lists[-1] = True
            self._in_item = True
        elif tag != "br":
            self._gap = True
            # A paragraph cannot stand in a list: one that does shows the list was never closed.
            if self._lists and not self._lists[-1]:
                self._lists.clear()

    def _end_tag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
            return
        if tag in _INLINE or tag in _CELLS:
            return
        self.flush()
        if tag in _LISTS and self._lists:
            self._lists.pop()
            self._in_item = bool(self._lists)
        elif tag == "li":
            self._in_item = False
        else:
            self._gap = True

    def _data(self, text: str) -> None:
        if not self._unseen:
            self._text += unescaped(text)

    def flush(self) -> None:
        """End the piece that is being collected."""
        text, self._text = self._text, ""
        if not text.strip():
            return
        depth = 0
        points = [text]
        if self._lists and not self._lists[-1]:
            points = split_points(text)
            depth = len(self._lists)
        elif self._in_item:
            depth = len(self._lists)
            self._in_item = False
        for point in points:
            self.pieces.append(Piece(self.number, point, depth, self._gap))
            self._gap = False

    def end_line(self, had_list_text: bool) -> None:
        """A list that has had its text in this line ends with it, closed or not."""
        self.flush()
        if had_list_text:
            self._lists = [shown for shown in self._lists if shown]


def split_points(text: str) -> list[str]:
    """The points of a list that has no <li>: at its marks, else after each semicolon."""
    for mark in (_LIST_MARK, _LIST_DASH):
        parts = [part for part in mark.split(text) if part.strip()]
        if len(parts) > 1:
            return parts
    text = _LIST_MARK.sub("", text, count=1) if _LIST_MARK.match(text) else text
    points, current, depth = [], "", 0
    for part in _AFTER_SEMICOLON.split(text):
        depth += part.count("(") - part.count(")")
        current += part
        if depth <= 0 and part.startswith(";"):
            points.append(current)
            current = ""
    points.append(current)
    return [point for point in points if point.strip()]


def without_markup(lines: Iterable[RawLine]) -> Iterator[Piece]:
    """The lines as pieces without tags or entities; a line without markup is one piece."""
    cell = _Cell()
    for line in _with_tags_whole(lines):
        text = line.text
        # Twice, because markup that was escaped on its way into the cell is markup all the same.
        for _ in range(2):
            if not _TAG.search(text) and _ENTITY.search(text):
                text = unescaped(text)
        if not _TAG.search(text):
            if not text.strip():
                cell = _Cell()
            yield Piece(line.number, text.replace("\u00a0", " "))
            continue
        cell.number, cell.pieces = line.number, []
        cell.feed(text)
        cell.end_line(any(piece.depth for piece in cell.pieces))
        for piece in cell.pieces:
            # What is a tag even now was escaped beside tags that were not.
            text = _TAG.sub("", piece.text).replace("\u00a0", " ")
            yield Piece(piece.number, text, piece.depth, piece.gap)


def _with_tags_whole(lines: Iterable[RawLine]) -> Iterator[RawLine]:
    """Join a line to the next where a tag is cut in two."""
    held: RawLine | None = None
    for line in lines:
        now = line if held is None else RawLine(held.number, f"{held.text} {line.text}")
        held = None
        begun = now.text.rfind("<")
        cut = begun >= 0 and len(now.text) - begun < _LONGEST_CUT_TAG
        # The next line may be joined to a tag that began here, not to one that began before it.
        if cut and begun >= len(now.text) - len(line.text) and _CUT_TAG.match(now.text, begun):
            held = now
            continue
        yield now
    if held is not None:
        yield held


def unescaped(text: str) -> str:
    """The text with its character references as characters."""
    return _ENTITY.sub(lambda match: unescape(match[0]), text) if "&" in text else text
