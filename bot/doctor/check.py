"""A check of `duly doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One result: its state, and the cure where it is not well."""

    name: str
    ok: bool
    text: str
    cure: str = ""


def failed(name: str, sentence: str) -> Check:
    """A failed check of a sentence with its cure behind a colon."""
    text, _, cure = sentence.partition(": ")
    return Check(name, False, f"{text}.", f"{cure[:1].upper()}{cure[1:]}")
