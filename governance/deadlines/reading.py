"""From the phrases found in a text to its deadline, milestones and warnings."""

from __future__ import annotations

import re
from datetime import date

from governance.dates import DAYS, say_date
from governance.deadlines.model import Deadline, Milestone
from governance.deadlines.periods import Edge
from governance.deadlines.phrases import AtOnce, ByDate, Phrase, Vague, find_phrases
from governance.deadlines.spans import Within
from governance.words import DeadlineKind

_SPACES = re.compile(r"[\s\0]+")


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
    days: set[date | None] = set()
    plain, origin = _plain(text)
    for phrase in find_phrases(plain):
        if _is_over(phrase, published):
            continue
        words = text[origin[phrase.start] : origin[phrase.end - 1] + 1].strip()
        problem = _problem(phrase, words, published)
        if problem is not None and not (isinstance(phrase, Vague) and phrase.soon):
            warnings.append(problem)
        if isinstance(phrase, Vague) or not _is_possible(phrase, published):
            kept = kept or words
            continue
        day = _day(phrase, published)
        if isinstance(phrase, ByDate) and (contradiction := _weekday_problem(phrase, day, words)):
            warnings.append(contradiction)
        if deadline is None:
            deadline = Deadline(_kind(phrase), day, words)
        elif day is not None and deadline.day is not None and day < deadline.day:
            warnings.append(f"“{words}” is before the deadline, and was not taken for a milestone.")
        elif day is not None and day not in days:
            milestones.append(Milestone(day, words))
        days.add(day)
    if deadline is None:
        if kept is not None and not warnings:
            warnings.append(_too_vague(kept))
        return Deadline(text=kept, warnings=tuple(warnings))
    return Deadline(deadline.kind, deadline.day, deadline.text, tuple(milestones), tuple(warnings))


def _plain(text: str) -> tuple[str, list[int]]:
    """The text with each run of white space as one character, and where each character stood.

    A blank line becomes NUL, which no phrase crosses; a lone line break is kept, and is a space
    within a date. So no pattern meets a run of spaces, which it might divide in many ways.
    """
    plain: list[str] = []
    origin: list[int] = []
    at = 0
    for run in _SPACES.finditer(text):
        plain.append(text[at : run.start()])
        origin.extend(range(at, run.start()))
        breaks = run[0].count("\n")
        plain.append("\0" if breaks > 1 else "\n" if breaks else " ")
        origin.append(run.start())
        at = run.end()
    plain.append(text[at:])
    origin.extend(range(at, len(text)))
    return "".join(plain), origin


def _is_over(phrase: Phrase, published: date | None) -> bool:
    """Is it a date in passing, over when the report came out ("reviewed before May 2020")?"""
    if isinstance(phrase, Vague) and phrase.mentioned is not None:
        day = phrase.mentioned.day_at(Edge.LAST, published)
    elif isinstance(phrase, ByDate) and not phrase.is_head:
        day = phrase.day(published)
    else:
        return False
    return published is not None and day is not None and day < published


def _weekday_problem(phrase: ByDate, day: date | None, words: str) -> str | None:
    weekday = phrase.period.weekday
    typed = phrase.period.day_at(Edge.LAST, day)  # "before Monday 1 May" names the Monday
    if weekday is None or typed is None or typed.weekday() == weekday:
        return None
    named = DAYS[typed.weekday()]
    return f"“{words}” names the wrong day of the week: {say_date(typed)} is a {named}."


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
    if isinstance(phrase, Vague) and phrase.mentioned is not None and not phrase.mentioned.vague:
        return f"“{words}” names a time, but not as a deadline."
    if isinstance(phrase, Vague):
        return _too_vague(words)
    if not _is_possible(phrase, published):
        return f"“{words}” is not a possible date."
    if published is None and _wants_publication(phrase):
        return f"“{words}” counts from the report's publication, whose date is not known."
    return None


def _too_vague(words: str) -> str:
    return f"“{words}” is too vague to give a date."
