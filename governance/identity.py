"""Identity of titles, forces and texts, and references that are nearly the same (DESIGN: records
and identity)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
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


def near(typed: str, references: Iterable[str]) -> list[str]:
    """The `references` that differ from `typed` by one digit, in their own order, each once.

    One slip is two neighbouring digits swapped, a digit missing, one too many, or one wrong.
    The same reference is not near itself. A leading # and spaces around do not matter.
    """
    meant = typed.strip().lstrip("#").strip()
    return list(dict.fromkeys(ref for ref in references if _one_slip(meant, ref)))


def _one_slip(typed: str, ref: str) -> bool:
    if len(typed) == len(ref):
        wrong = [i for i, (a, b) in enumerate(zip(typed, ref, strict=True)) if a != b]
        match wrong:
            case [_]:
                return True
            case [i, j]:
                return j == i + 1 and typed[i] == ref[j] and typed[j] == ref[i]
            case _:
                return False
    short, long = sorted((typed, ref), key=len)
    return len(long) == len(short) + 1 and any(
        long[:i] + long[i + 1 :] == short for i in range(len(long))
    )
