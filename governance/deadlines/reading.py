"""From the phrases found in a text to its deadline, milestones and warnings."""

from __future__ import annotations

from datetime import date

from governance.deadlines.model import Deadline, Milestone
from governance.deadlines.phrases import AtOnce, ByDate, Phrase, Vague, find_phrases
from governance.deadlines.spans import Within
from governance.words import DeadlineKind


def read_deadline(text: str, published: date | None) -> Deadline:
    """The deadline that a recommendation's text states (DESIGN: deadlines).

    The first possible date stated is the deadline, whatever its order in the calendar; later
    ones are milestones. `published` is the report's publication, None while unknown: read the
    text again when it becomes known. Never raises on any text.
    """
    deadline: Deadline | None = None
    milestones: list[Milestone] = []
    warnings: list[str] = []
    kept: str | None = None
    for phrase in find_phrases(text):
        if _is_over(phrase, published):
            continue
        words = text[phrase.start : phrase.end].strip()
        problem = _problem(phrase, words, published)
        if problem is not None and not (isinstance(phrase, Vague) and phrase.soon):
            warnings.append(problem)
        if isinstance(phrase, Vague) or not _is_possible(phrase, published):
            kept = kept or words
            continue
        day = _day(phrase, published)
        if deadline is None:
            deadline = Deadline(_kind(phrase), day, words)
        elif day is not None and day not in (deadline.day, *(m.day for m in milestones)):
            milestones.append(Milestone(day, words))
    if deadline is None:
        if kept is not None and not warnings:
            warnings.append(_too_vague(kept))
        return Deadline(text=kept, warnings=tuple(warnings))
    return Deadline(deadline.kind, deadline.day, deadline.text, tuple(milestones), tuple(warnings))


def _is_over(phrase: Phrase, published: date | None) -> bool:
    """Is it a date in passing, over when the report came out ("reviewed before May 2020")?"""
    if published is None or not isinstance(phrase, ByDate) or phrase.is_head:
        return False
    day = phrase.day(published)
    return day is not None and day < published


def _kind(phrase: ByDate | Within | AtOnce) -> DeadlineKind:
    match phrase:
        case ByDate():
            return DeadlineKind.BY_DATE
        case Within():
            return DeadlineKind.RELATIVE
        case AtOnce():
            return DeadlineKind.IMMEDIATE


def _day(phrase: ByDate | Within | AtOnce, published: date | None) -> date | None:
    return published if isinstance(phrase, AtOnce) else phrase.day(published)


def _wants_publication(phrase: ByDate | Within | AtOnce) -> bool:
    return not isinstance(phrase, ByDate) or phrase.period.wants_publication


def _is_possible(phrase: ByDate | Within | AtOnce, published: date | None) -> bool:
    if isinstance(phrase, ByDate) and not phrase.period.is_possible:
        return False
    return _day(phrase, published) is not None or (published is None and _wants_publication(phrase))


def _problem(phrase: Phrase, words: str, published: date | None) -> str | None:
    """The sentence that says why a phrase gives no date; None when it gives one."""
    if isinstance(phrase, Vague):
        return _too_vague(words)
    if not _is_possible(phrase, published):
        return f"“{words}” is not a possible date."
    if published is None and _wants_publication(phrase):
        return f"“{words}” counts from the report's publication, whose date is not known."
    return None


def _too_vague(words: str) -> str:
    return f"“{words}” is too vague to give a date."
