"""The progress word at the head of an update, and whether it was meant as one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from governance.words import Progress

_CLEAR = {
    "not started": Progress.NOT_STARTED,
    "on track": Progress.ON_TRACK,
    "at risk": Progress.AT_RISK,
    "off track": Progress.OFF_TRACK,
}
_DOUBTFUL = {
    "complete": Progress.COMPLETE,
    "completed": Progress.COMPLETE,
    "done": Progress.COMPLETE,
    "green": Progress.ON_TRACK,
    "g": Progress.ON_TRACK,
    "amber": Progress.AT_RISK,
    "a": Progress.AT_RISK,
    "red": Progress.OFF_TRACK,
    "r": Progress.OFF_TRACK,
    "white": Progress.NOT_STARTED,
    "w": Progress.NOT_STARTED,
    "blue": None,
    "b": None,
}
"""Words that may as well begin a sentence ("complete review of …"). Blue is a closure."""

_CLEAR_HEAD = re.compile(r"(not|on|at|off)[\s_-]*(started|track|risk)(?![\w-])", re.I)
_WORD_HEAD = re.compile(r"([a-z]+)", re.I)
_NOTE = re.compile(r"note\s*[:–—]\s*", re.I)
_MARK = re.compile(r"\s*(?:[:,–—]|(?<=\s)-|-(?=\s|$))\s*")
"""Colon, comma or dash; a hyphen inside a word ("red-flag") is none."""


@dataclass(frozen=True)
class Said:
    """What an update says. `progress` None leaves it as it is."""

    text: str
    progress: Progress | None = None
    note: bool = False
    """It was said to be a note, so that no progress word is missed."""
    doubtful: str | None = None
    """A head word that may be progress or the first word of the text; then `progress` is what
    it would mean and `text` is what would follow it."""
    blue: bool = False
    """It claims Blue, which only a closure gives."""


def read_update(said: str) -> Said:
    """Take the progress word off the head of an update.

    "on track …" and its like always count; `complete`, `done`, colours and single letters only
    when they are all there is or a colon, dash or comma follows.
    """
    said = said.strip()
    if match := _NOTE.match(said):
        return Said(said[match.end() :], note=True)
    bare = re.sub(r"^[:,;–—-]\s*", "", said)
    if (match := _CLEAR_HEAD.match(bare)) and (
        progress := _CLEAR.get(f"{match[1]} {match[2]}".lower())
    ):
        return Said(_after(bare[match.end() :]), progress)
    match = _WORD_HEAD.match(bare)
    word = match[1].lower() if match else ""
    if match is None or word not in _DOUBTFUL:
        return Said(bare)
    after = bare[match.end() :]
    blue, progress_meant = word in ("blue", "b"), _DOUBTFUL[word]
    if not any(c.isalnum() for c in after):
        return Said("", progress_meant, blue=blue)
    if mark := _MARK.match(after):
        return Said(after[mark.end() :].strip(), progress_meant, blue=blue)
    if not after[0].isspace():
        return Said(bare)
    return Said(after.strip(), progress_meant, doubtful=match[1], blue=blue)


def _after(text: str) -> str:
    """The text behind a progress word, without the mark between them."""
    mark = _MARK.match(text)
    left = text[mark.end() :] if mark else text
    left = left.lstrip(" .;") if not left[:1].isalnum() else left
    return left.strip()
