"""References that are one slip of the finger away from what was typed."""

from __future__ import annotations

from collections.abc import Iterable


def near(typed: str, references: Iterable[str]) -> list[str]:
    """Those of `known` that differ from `typed` by one digit, in their own order, each once.

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
