"""Parser of progress words: all the words for progress that can be typed, and where they count."""

from __future__ import annotations

import re
from dataclasses import dataclass

from governance.words import Progress

PROGRESS_PHRASES = {
    "not started": Progress.NOT_STARTED,
    "on track": Progress.ON_TRACK,
    "at risk": Progress.AT_RISK,
    "off track": Progress.OFF_TRACK,
}
"""These always mean progress."""
COMPLETE_WORDS = ("complete", "completed", "done")
_COLOURS = {
    "green": Progress.ON_TRACK,
    "amber": Progress.AT_RISK,
    "red": Progress.OFF_TRACK,
    "white": Progress.NOT_STARTED,
}
_BLUE = ("blue", "b")
_AMBIGUOUS: dict[str, Progress | None] = {
    **dict.fromkeys(COMPLETE_WORDS, Progress.COMPLETE),
    **_COLOURS,
    **{colour[0]: progress for colour, progress in _COLOURS.items()},
    **dict.fromkeys(_BLUE),
}
"""Words that may as well begin a sentence ("complete review of …"). Blue is a closure."""

_PHRASE = re.compile(r"(not|on|at|off)[\s_-]*(started|track|risk)(?![\w-])", re.I)
_WORD = re.compile(r"([a-z]+)", re.I)
_NOTE = re.compile(r"note\s*[:–—]\s*", re.I)
_MARK = re.compile(r"\s*(?:[:,–—]|(?<=\s)-|-(?=\s|$))\s*")
"""Colon, comma or dash; a hyphen inside a word ("red-flag") is none."""


@dataclass(frozen=True)
class UpdateText:
    """The words of an update, parsed. `progress` None leaves it as it is."""

    text: str
    progress: Progress | None = None
    note: bool = False
    """It was marked as a note, so that no progress word is missing."""
    ambiguous: str | None = None
    """A head word that may be progress or the first word of the text; then `progress` is the
    meaning it would have and `text` is the rest behind it."""
    blue: bool = False
    """It claims Blue, which only a closure gives."""


def read_update(words: str) -> UpdateText:
    """Take the progress word off the head of an update.

    "on track …" and its like always count; `complete`, `done`, colours and single letters only
    when they are all there is or a colon, dash or comma follows.
    """
    words = words.strip()
    if match := _NOTE.match(words):
        return UpdateText(words[match.end() :], note=True)
    bare = re.sub(r"^[:,;–—-]\s*", "", words)
    if (match := _PHRASE.match(bare)) and (
        progress := PROGRESS_PHRASES.get(f"{match[1]} {match[2]}".lower())
    ):
        return UpdateText(_after(bare[match.end() :]), progress)
    match = _WORD.match(bare)
    word = match[1].lower() if match else ""
    if match is None or word not in _AMBIGUOUS:
        return UpdateText(bare)
    after = bare[match.end() :]
    blue, meaning = word in _BLUE, _AMBIGUOUS[word]
    if not any(c.isalnum() for c in after):
        return UpdateText("", meaning, blue=blue)
    if mark := _MARK.match(after):
        return UpdateText(after[mark.end() :].strip(), meaning, blue=blue)
    if not after[0].isspace():
        return UpdateText(bare)
    return UpdateText(after.strip(), meaning, ambiguous=match[1], blue=blue)


def _after(text: str) -> str:
    """The text behind a progress word, without the mark between them."""
    mark = _MARK.match(text)
    left = text[mark.end() :] if mark else text
    left = left.lstrip(" .;") if not left[:1].isalnum() else left
    return left.strip()
