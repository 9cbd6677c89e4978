"""Identity of titles, forces and texts (DESIGN: records and identity)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

ALIKE = 0.9
"""The least likeness (0–1) of two texts that are taken for one, with a warning."""

_ARTICLE = re.compile(r"^(?:the|an|a) ")
_FORCE_TAIL = re.compile(r" (?:police(?: service| force)?|constabulary|force)$")


@lru_cache(maxsize=4096)
def text_key(text: str) -> str:
    """A text without case, accents and punctuation, words one blank apart; "&" is "and"."""
    bare = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    # An apostrophe joins ("force's" = "forces"), every other mark parts.
    bare = "".join(c for c in bare if not unicodedata.combining(c) and c not in "'’‘`")
    return " ".join(re.findall(r"[^\W_]+", bare))


def title_key(title: str) -> str:
    """A report's title without case, punctuation and a leading article."""
    key = text_key(title)
    return _ARTICLE.sub("", key) or key


def force_key(force: str) -> str:
    """A force's name as `title_key`, without a trailing "Police" or "Constabulary"."""
    key = title_key(force)
    return _FORCE_TAIL.sub("", key) or key


def likeness(one: str, other: str, at_least: float = 0) -> float:
    """The likeness of two text keys, 0 to 1 (normalised insertions and deletions of letters).

    Below `at_least` it is 0, and computed faster.
    """
    return fuzz.ratio(one, other, score_cutoff=at_least * 100) / 100
