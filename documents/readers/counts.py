"""Stated counts ("28 recommendations"), checked against the items that were read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from documents.readers.drafts import RecordDraft, StatedCount, quote
from documents.readers.headings import kind_of
from documents.readers.lines import plain
from governance.words import Kind

_WORDS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",
]  # fmt: skip
_COUNT = re.compile(
    rf"\b(?P<count>\d{{1,3}}|{'|'.join(_WORDS)}|no)\s+"
    r"(?P<kind>recommendations?|areas? for improvement|afis?|causes? of concern)\b"
)
_FOR_FORCES = re.compile(
    r"\brecommendations? for (?:the |all |police )?(?:chief constables?|chief officers?|forces?)\b"
)
_NONE = re.compile(
    r"(?:n/?a|none|nil|no|not applicable|0|-+|no (?:new )?(?:recommendations?|areas? for"
    r" improvement|causes? of concern)(?: (?:were )?(?:made|identified|given))?)[ .]*"
)


def says_none(text: str) -> bool:
    """Test whether a cell says there is nothing in it ("N/A", "None")."""
    return _NONE.fullmatch(plain(text).strip()) is not None


def counts_in(text: str, line: int) -> Iterator[StatedCount]:
    """Each count the text states."""
    for match in _COUNT.finditer(plain(text)):
        typed = match["count"]
        count = 0 if typed == "no" else _WORDS.index(typed) if typed in _WORDS else int(typed)
        yield StatedCount(kind_of(match["kind"]), count, line, text)


def is_only_a_count(text: str) -> bool:
    """Test whether a cell holds a count instead of items ("28 recommendations for forces")."""
    low = plain(text)
    return len(low) < 160 and _COUNT.search(low) is not None and " should " not in f" {low} "


def counts_for_forces(text: str, line: int) -> Iterator[StatedCount]:
    """The counts of sentences that count what the forces were asked, not the report's total."""
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if _FOR_FORCES.search(plain(sentence)):
            yield from counts_in(sentence, line)


def check_counts(draft: RecordDraft) -> None:
    """Warn of each stated count that is not what was found."""
    warned: set[tuple[Kind, int]] = set()
    for stated in draft.counts:
        number = sum(item.kind is stated.kind for item in draft.items)
        if number == stated.count or (stated.kind, stated.count) in warned:
            continue
        warned.add((stated.kind, stated.count))
        noun = stated.kind.noun + ("" if stated.count == 1 else "s")
        if stated.kind is Kind.CAUSE_OF_CONCERN and stated.count != 1:
            noun = "causes of concern"
        draft.warn(
            stated.line,
            f"The document states {stated.count} {noun} ({quote(stated.words)}); "
            f"{number or 'none'} {'was' if number == 1 else 'were'} found.",
        )
