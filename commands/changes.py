"""The parts that changing verbs share: targets, rights, reasons, and the replies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from commands.invocation import Context
from commands.parsing.grammar import Targets, read_targets
from commands.undoable import latest_of_transaction
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
from messages.reply import Button, Form, Reply, undo_button

T = TypeVar("T")

_UNDO_WORDS = " To take it back, say `undo`."
"""Said beside the button too, for whoever sees none."""

MOST_CARDS = 5
MOST_LINES = 40
_ITEM = re.compile(r"(?P<label>(?:rec|AFI|CoC) \S+) (?P<place>(?:@|of) .+)")
_REASON = re.compile(r"^(?:because(?:\s+of)?\b|as\b|since\b|[-–—:,;.])\s*", re.I)


class CommandRefused(DulyError):
    """Not done, for a reason that a person can act on."""


def find_targets(reading: Reading, context: Context, example: str) -> Targets:
    """The recommendations that the text, or the form's target, names.

    Without any, the targets' `problem` asks which, with `example` as the full command.
    """
    form = context.form
    text, verb = (form.target, form.name) if form else (context.rest, context.word)
    targets = read_targets(reading, text, verb=verb)
    if targets.problem is None and not targets.rows:
        unread = f"“{text}” names no recommendation. " if text else ""
        return Targets(problem=Reply(f"{unread}Which one? For example: {example}", ok=False))
    return targets


def permit(reading: Reading, context: Context, rows: Sequence[Recommendation]) -> None:
    """Raise NotAllowed unless the person has the verb's right on every one of the rows.

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


def single(targets: Targets, verb: str) -> Recommendation:
    """The only target; raises CommandRefused when there are several."""
    if len(targets.rows) > 1:
        raise CommandRefused(f"One at a time, please: {verb} takes a single recommendation.")
    return targets.rows[0]


def read_reason(text: str) -> str:
    """The reason at the head of `text`, without "because" or the mark before it."""
    return _REASON.sub("", text.strip()).strip()


def take_head(text: str, words: Mapping[str, T]) -> tuple[T, str] | None:
    """The value of the longest key of `words` that begins the text, and the text behind it.

    Case, extra spaces and underscores do not matter.
    """
    for phrase in sorted(words, key=len, reverse=True):
        pattern = r"[\s_]+".join(map(re.escape, phrase.split()))
        if match := re.match(rf"\s*{pattern}(?!\w)", text, re.I):
            return words[phrase], text[match.end() :].strip()
    return None


def say_rows(reading: Reading, rows: Sequence[Recommendation]) -> str:
    """The rows in a sentence: "#24087 and #24133", "rec 1, 2 and 3 of Cumbria"."""
    names = typed_rows(reading, rows)
    if len(rows) == 1:
        return names
    if all(row.ref for row in rows):
        names = names.replace(" ", ", ")
    head, _, tail = names.rpartition(", ")
    return f"{head} and {tail}"


def typed_rows(reading: Reading, rows: Sequence[Recommendation]) -> str:
    """The rows as a command names them: "#24087 #24133", "rec 1, 2, 3 of Cumbria"."""
    names = [name_of(reading, row) for row in rows]
    if all(row.ref for row in rows):
        return " ".join(names)
    # "rec 1 of Cumbria", "rec 2 of Cumbria": the place, and a leading "rec", are said once
    labels_by_place: dict[str, list[str]] = {}
    for name in names:
        item = _ITEM.fullmatch(name)
        place, label = (item["place"], item["label"]) if item else (f"#{name}", name)
        labels_by_place.setdefault(place, []).append(label)
    groups = []
    for place, labels in labels_by_place.items():
        short = [labels[0], *(label.removeprefix("rec ") for label in labels[1:])]
        groups.append(", ".join(short) + ("" if place.startswith("#") else f" {place}"))
    return ", ".join(groups)


def done_reply(
    writing: Writing, context: Context, rows: Sequence[Recommendation], text: str
) -> Reply:
    """The answer to a change: a sentence, the cards as they are now, and Undo."""
    return with_undo(writing, changed_reply(writing, context, rows, f"{text}{_UNDO_WORDS}"))


def undoable_reply(writing: Writing, text: str) -> Reply:
    """The answer to a change that is about no recommendation: a sentence, and Undo."""
    return with_undo(writing, Reply(f"{text}{_UNDO_WORDS}"))


def with_undo(writing: Writing, reply: Reply) -> Reply:
    """A reply with the button that undoes this transaction's change, and no other.

    The number stands in its command: whoever presses it later, or below somebody else's update,
    must not undo whatever their own last change is by then.
    """
    number = latest_of_transaction(writing)
    return replace(reply, buttons=() if number is None else (undo_button(number),))


def changed_reply(
    reading: Reading, context: Context, rows: Sequence[Recommendation], text: str
) -> Reply:
    """A sentence and the cards as they are now, with no way back offered."""
    cards = tuple(card(reading, row, context.person) for row in rows[:MOST_CARDS])
    if len(rows) == 1:
        return cards_reply(text, cards)
    lines = [f"- {_line(reading, row)}" for row in rows[:MOST_LINES]]
    more = len(rows) - MOST_LINES
    parts = [text, "", *lines, *([f"and {more} more"] if more > 0 else [])]
    return Reply("\n".join(parts), cards=cards)


def form_reply(form: Form, text: str) -> Reply:
    """A form to open; `text` says what can be typed instead. Nothing is done yet."""
    return Reply(text, ok=False, form=form)


def question_reply(question: str, choices: Sequence[Button], *, hint: str = "") -> Reply:
    """A question whose choices are full commands, as lines and as buttons.

    `hint` stands behind each command in the lines.
    """
    lines = [f"- `{button.command}{hint}`" for button in choices]
    return Reply("\n".join([question, *lines]), ok=False, buttons=tuple(choices))


def _line(reading: Reading, row: Recommendation) -> str:
    """One of several in a line, as it is now."""
    today = reading.today
    parts = (brag_words(row, today), say_owner(reading, row.owner), say_deadline(row, today))
    return f"{name_of(reading, row)}: {'; '.join(parts)}"
