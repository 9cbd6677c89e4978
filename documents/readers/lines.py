"""Lines as a reader sees them: their words, their bullet, and whether a gap stands before them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from documents.readers.markup import Piece

# A response that begins in the line of the wording it answers begins a line of its own.
_SOFT_BREAKS = re.compile(
    "[\x0b\x85\u2028\u2029]"
    r"|(?<=[.!?;]) +(?=(?:(?:Force|Constabulary|Police) )?(?:[Rr]esponse|[Uu]pdate): )"
)
_BULLET = re.compile(
    r"(?P<mark>[•·▪●◦‣⁃■□➢►✓✔§\uf0a7\uf0b7])\s*(?=\S)"
    r"|(?P<dash>[-*+–—‒−]|[oO](?=\s+[^\W\d_]))\s+(?=\S)"
    r"|(?P<count>\(?(?:\d{1,2}|[a-z]|[ivx]{2,4})[.)]|\([A-Z]\))\s+(?=\S)"
)
_EMPHASIS = re.compile(r"^(?:#{1,6}\s+(?=\S))?(\*\*|__)?(?P<words>.+?)(?(1)\1)$")
_LOWER = str.maketrans(
    {"‘": "'", "’": "'", "`": "'", "´": "'", "“": '"', "”": '"', "\t": " "}
    | dict.fromkeys("‐‑‒–—―−", "-")
)
_CLOSED = re.compile(r"[.!?:;…][\"'”’)\]*_]*$")
_ENDING = 40
"""Characters at a text's end that are looked at: a paragraph is asked at each line it gains."""
_FULL_STOP = re.compile(r"[.!?…][\"'”’)\]*_]*$")


@dataclass(frozen=True)
class Line:
    """One line: `text` without its mark, `mark` what kind of bullet it has, if any.

    A number or letter as a mark is kept in `count` as typed, without its dot or brackets.
    """

    number: int
    text: str
    mark: str | None = None
    count: str | None = None
    indent: int = 0
    depth: int = 0
    gap: bool = False

    @property
    def words(self) -> str:
        """The text with its tabs as spaces, as it is kept."""
        return " ".join(self.text.split())

    @cached_property
    def plain(self) -> str:
        """The text for comparison, character for character: lower case, plain quotes, dashes."""
        return plain(self.text)


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Lower case with straight quotes and plain hyphens, of the same length as `text`."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters, such as İ, are two in lower case
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_LOWER)


def closed(text: str) -> bool:
    """Test whether the text ends in closing punctuation."""
    return _CLOSED.search(text.rstrip()[-_ENDING:]) is not None


def full_stop(text: str) -> bool:
    """Test whether the text ends as a sentence does."""
    return _FULL_STOP.search(text.rstrip()[-_ENDING:]) is not None


def begins_lower(text: str) -> bool:
    """Test whether the first letter, past quotes and brackets, is in lower case."""
    return text.lstrip(" \"'“‘([")[:1].islower()


def read_lines(pieces: Iterable[Piece]) -> list[Line]:
    """Pieces as lines: page breaks and blank lines become gaps, marks are taken off."""
    lines: list[Line] = []
    gap = True
    for piece in pieces:
        gap = gap or piece.gap or "\f" in piece.text
        for part in _SOFT_BREAKS.split(piece.text.replace("\f", " ")):
            if not part.strip():
                gap = True
                continue
            lines.append(_read_line(piece, part, gap))
            gap = False
    return lines


def _read_line(piece: Piece, part: str, gap: bool) -> Line:
    expanded = part.expandtabs(4)
    indent = len(expanded) - len(expanded.lstrip())
    # Runs of spaces say nothing; a tab may part a label from its value and is kept.
    text = re.sub(r"\s*\t\s*", "\t", part.lstrip())
    text = re.sub(r"[ ]{2,}", " ", text).rstrip(" ")
    mark = count = None
    match = _BULLET.match(text)
    if match:
        text = text[match.end() :]
        mark = match["mark"] or match["dash"]
        if match["count"]:
            count = match["count"].strip("().")
            mark = "1" if count.isdigit() else "a"
    elif piece.depth:
        mark = "<li>"
    emphasis = _EMPHASIS.match(text)
    if emphasis:
        text = emphasis["words"]
    return Line(piece.number, text, mark, count, indent, piece.depth, gap)
