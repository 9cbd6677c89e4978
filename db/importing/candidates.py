"""Candidates for recognition: the rows held that an item of a document is worth comparing with."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import TypeVar

from db.tables import Recommendation

T = TypeVar("T")

CANDIDATES = 60
"""Rows with which one item of a document is compared; more than most reports have."""
CANDIDATES_EACH = 12
"""Of them, those that one word or pair brings in: the rest is for the others."""


class CandidateIndex:
    """An inverted index of rows by their words and pairs of words (a blocking index).

    Comparing each item with each row takes quadratic time. The rows that share an item's rarest
    pairs and words come first, of each those nearest to the item's place in the document; where a
    kind has no more than `CANDIDATES` rows, all of them.
    """

    def __init__(self, rows: Iterable[Recommendation]) -> None:
        self._of_kind: dict[str, list[tuple[int, Recommendation]]] = defaultdict(list)
        self._sharing: dict[tuple[str, str], list[tuple[int, Recommendation]]] = defaultdict(list)
        for position, row in enumerate(rows):
            self._of_kind[row.kind].append((position, row))
            for words in _blocks(row.text_key):
                self._sharing[row.kind, words].append((position, row))

    def of(self, kind: str, key: str, position: int) -> list[Recommendation]:
        """Up to about `CANDIDATES` rows of a kind for the item with this text key, the `position`th
        of its document; the likeliest first."""
        of_kind = self._of_kind[kind]
        if len(of_kind) <= CANDIDATES:
            return [row for _, row in of_kind]
        lists = [
            self._sharing[kind, words]
            for words in sorted(_blocks(key))
            if (kind, words) in self._sharing
        ]
        chosen: dict[int, Recommendation] = {}
        for rows in (*sorted(lists, key=len), of_kind):
            if len(chosen) >= CANDIDATES:
                break
            middle = bisect_left(rows, position, key=itemgetter(0))
            chosen.update(around(rows, middle, CANDIDATES_EACH))
        return list(chosen.values())


def _blocks(key: str) -> set[str]:
    """The words and the pairs of neighbouring words of a text key."""
    words = key.split()
    return {*words, *map(" ".join, pairwise(words))}


def around(rows: Sequence[T], middle: int, most: int = CANDIDATES) -> Sequence[T]:
    """Up to `most` of the rows on both sides of a place in them."""
    start = max(0, min(middle - most // 2, len(rows) - most))
    return rows[start : start + most]
