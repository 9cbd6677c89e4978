"""HTML inside text cells: tags become line breaks and bullets, entities become characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from documents.readers.decoding import RawLine

_BLOCKS = {"p", "div", "br", "tr", "table", "tbody", "thead", "section", "article", "blockquote"}
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "hr", "body", "html", "dl", "dt", "dd"}
_LISTS = {"ul", "ol"}
_INLINE = {"a", "abbr", "b", "em", "font", "i", "s", "small", "span", "strong", "sub", "sup", "u"}
_CELLS = {"td", "th"}
_UNSEEN = {"script", "style"}
_TAGS = _BLOCKS | _LISTS | _INLINE | _CELLS | _UNSEEN | {"li"}
_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_TAGS))})\b[^<>]*>|<!--", re.IGNORECASE)
_CUT_TAG = re.compile(rf"<(?:{'|'.join(sorted(_TAGS))})\b[^<>]*$", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#[xX][0-9A-Fa-f]+);")
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


class _Cell(HTMLParser):
    """Collects pieces; remembers open lists from one line to the next."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self.number = 0
        self._text = ""
        self._gap = False
        self._unseen = 0
        self._lists: list[bool] = []  # for each open list: has it shown an <li>?
        self._in_item = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _INLINE or tag in _UNSEEN:
            return
        if tag in _CELLS:
            self._text += "\t"
            return
        if tag not in _TAGS:
            self._text += self.get_starttag_text() or ""
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

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
            return
        if tag in _INLINE or tag not in _TAGS or tag in _CELLS:
            return
        self.flush()
        if tag in _LISTS and self._lists:
            self._lists.pop()
            self._in_item = bool(self._lists)
        elif tag == "li":
            self._in_item = False
        else:
            self._gap = True

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._text += data

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
                text = _ENTITY.sub(lambda match: unescape(match.group()), text)
        if not _TAG.search(text):
            if not text.strip():
                cell = _Cell()
            yield Piece(line.number, text.replace("\u00a0", " "))
            continue
        cell.number, cell.pieces = line.number, []
        cell.feed(text)
        cell.close()
        cell.end_line(any(piece.depth for piece in cell.pieces))
        for piece in cell.pieces:
            # What is a tag even now was escaped beside tags that were not.
            text = _TAG.sub("", piece.text).replace("\u00a0", " ")
            yield Piece(piece.number, text, piece.depth, piece.gap)
        cell.reset()


def _with_tags_whole(lines: Iterable[RawLine]) -> Iterator[RawLine]:
    """Join a line to the next where a tag is cut in two."""
    held: RawLine | None = None
    for line in lines:
        now = line if held is None else RawLine(held.number, f"{held.text} {line.text}")
        held = None
        if _CUT_TAG.search(now.text) and len(now.text) < 20_000:
            held = now
            continue
        yield now
    if held is not None:
        yield held
