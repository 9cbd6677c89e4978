"""What the verbs that change something have in common: look first, then act, all or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from commands.invocation import Context
from commands.parsing.grammar import Targets, targets
from db.mapping import recommendation_state
from db.store import Reading, Writing
from db.tables import Recommendation
from governance.errors import DulyError
from governance.rights import NotAllowed
from messages.naming import name_of
from messages.recommendation import (
    brag_words,
    card,
    cards_reply,
    say_deadline,
    say_owner,
)
from messages.reply import Button, Form, Reply

Act = Callable[[Writing], Reply]
Plan = Callable[[Reading], Reply | Act]
"""Reads what is asked for, and gives either the answer (a refusal, a choice, a form) or the act."""

T = TypeVar("T")

MOST_CARDS = 5
MOST_LINES = 40
_ITEM = re.compile(r"(?P<label>(?:rec|AFI|CoC) \S+) (?P<place>(?:@|of) .+)")
_REASON = re.compile(r"^(?:because(?:\s+of)?\b|as\b|since\b|[-–—:,;.])\s*", re.I)


class Refused(DulyError):
    """Not done, for a reason that a person can act on."""


def act(context: Context, plan: Plan) -> Reply:
    """Plan on a reading, so that a question or refusal takes no lock; then again, and act.

    The second look is inside the transaction, so that what was checked is what is changed.
    """
    with context.read() as reading:
        first = plan(reading)
    if isinstance(first, Reply):
        return first
    with context.write() as writing:
        again = plan(writing)
        return again if isinstance(again, Reply) else again(writing)


def aim(reading: Reading, context: Context, example: str) -> Targets:
    """The recommendations the request is about; a form's are those it was opened for.

    Without any, the targets' `problem` asks which, with `example` as the full command.
    """
    form = context.form
    text, verb = (form.target, form.name) if form else (context.rest, context.word)
    named = targets(reading, text, verb=verb)
    if named.problem is None and not named.found:
        said = f"“{text}” names no recommendation. " if text else ""
        return Targets(problem=Reply(f"{said}Which one? For example: {example}", ok=False))
    return named


def permit(reading: Reading, context: Context, rows: Sequence[Recommendation]) -> None:
    """Raise NotAllowed unless whoever asks may do this to every one of the rows.

    Among several, the sentence names the one that stands in the way.
    """
    for row in rows:
        try:
            context.check(reading, recommendation_state(row))
        except NotAllowed as refusal:
            if len(rows) == 1:
                raise
            which = f"{name_of(reading, row)}: {refusal.sentence} Nothing was done."
            raise NotAllowed(which) from refusal


def one(named: Targets, verb: str) -> Recommendation:
    """The only target; raises Refused when there are several."""
    if len(named.found) > 1:
        raise Refused(f"One at a time, please: {verb} takes a single recommendation.")
    return named.found[0]


def reason(text: str) -> str:
    """The reason at the head of `text`, without "because" or the mark before it."""
    return _REASON.sub("", text.strip()).strip()


def headed(text: str, words: Mapping[str, T]) -> tuple[T, str] | None:
    """What the longest of `words` at the head of `text` stands for, and what follows it.

    Case, extra spaces and underscores do not matter.
    """
    for said in sorted(words, key=len, reverse=True):
        pattern = r"[\s_]+".join(map(re.escape, said.split()))
        if match := re.match(rf"\s*{pattern}(?!\w)", text, re.I):
            return words[said], text[match.end() :].strip()
    return None


def names(reading: Reading, rows: Sequence[Recommendation]) -> str:
    """The rows as they can be typed back: "#24087 and #24133", "rec 1, 2 and 3 of Cumbria"."""
    said = as_typed(reading, rows)
    if len(rows) == 1:
        return said
    if all(row.ref for row in rows):
        said = said.replace(" ", ", ")
    head, _, tail = said.rpartition(", ")
    return f"{head} and {tail}"


def as_typed(reading: Reading, rows: Sequence[Recommendation]) -> str:
    """The rows as a command names them: "#24087 #24133", "rec 1, 2, 3 of Cumbria"."""
    said = [name_of(reading, row) for row in rows]
    if all(row.ref for row in rows):
        return " ".join(said)
    # "rec 1 of Cumbria", "rec 2 of Cumbria": the place, and a leading "rec", are said once
    found: dict[str, list[str]] = {}
    for name in said:
        item = _ITEM.fullmatch(name)
        place, label = (item["place"], item["label"]) if item else (f"#{name}", name)
        found.setdefault(place, []).append(label)
    groups = []
    for place, labels in found.items():
        short = [labels[0], *(name.removeprefix("rec ") for name in labels[1:])]
        groups.append(", ".join(short) + ("" if place.startswith("#") else f" {place}"))
    return ", ".join(groups)


def done(reading: Reading, context: Context, rows: Sequence[Recommendation], text: str) -> Reply:
    """The answer to a change: what was done, the cards as they are now, and Undo.

    The text says `undo` too, for whoever sees no buttons.
    """
    return replace(
        changed(reading, context, rows, f"{text} To take it back, say `undo`."),
        buttons=(Button("Undo", "undo"),),
    )


def undoable(text: str) -> Reply:
    """The answer to a change that is about no recommendation: what was done, and Undo."""
    return Reply(f"{text} To take it back, say `undo`.", buttons=(Button("Undo", "undo"),))


def changed(reading: Reading, context: Context, rows: Sequence[Recommendation], text: str) -> Reply:
    """What was done and the cards as they are now, with no way back offered."""
    cards = tuple(card(reading, row, context.person) for row in rows[:MOST_CARDS])
    if len(rows) == 1:
        return cards_reply(text, cards)
    lines = [f"- {_line(reading, row)}" for row in rows[:MOST_LINES]]
    more = len(rows) - MOST_LINES
    parts = [text, "", *lines, *([f"and {more} more"] if more > 0 else [])]
    return Reply("\n".join(parts), cards=cards)


def _line(reading: Reading, row: Recommendation) -> str:
    """One of several in a line: what it is now."""
    today = reading.today
    parts = (brag_words(row, today), say_owner(reading, row.owner), say_deadline(row, today))
    return f"{name_of(reading, row)}: {'; '.join(parts)}"


def opened(form: Form, text: str, buttons: tuple[Button, ...] = ()) -> Reply:
    """A form; `text` says what can be typed instead. Nothing is done yet."""
    return Reply(text, ok=False, form=form, buttons=buttons)
