"""Letters as Teams messages: a digest with buttons on each line, and the posts in channels."""

from __future__ import annotations

import re

from bot.chat.text import blank, cut
from bot.teams import limits
from bot.teams.elements import (
    Json,
    Rendering,
    adaptive,
    button,
    headed,
    line,
    prose,
    run,
    sayable,
)
from bot.teams.messages import ROOMS, fitting, message
from messages.digest import Digest, Line
from messages.reply import Button
from scheduler.model import Letter

LINE = 400
MORE = "… and {count} more: say mine"
_COMMAND = re.compile(r"/rec (?=and a reference|agenda )")
"""How the scheduler's words call Duly, which in a channel is a mention here."""


def letter_message(letter: Letter) -> Json:
    """A letter as a message: its card, and its beginning for a notification."""
    text = _COMMAND.sub("@Duly ", letter.text)
    if letter.digest is None:
        card = fitting(lambda room: adaptive(_words(cut(text, room)), text), ROOMS)
    else:
        card = _digest(letter.digest)
    return message(card, text)


def _words(text: str) -> list[Json]:
    """A board's paper or a notice: its first line as a heading where it is one."""
    first, _, rest = text.partition("\n")
    if rest.strip() and 0 < len(first.strip()) <= 150 and not first.endswith("."):
        return [line(run(first.strip(), weight="Bolder", size="Medium")), *headed(rest)]
    return headed(text)


def _digest(digest: Digest) -> Json:
    """Update and Snooze under each line while all have room so, else fewer lines with them."""
    count = sum(len(section.lines) for section in digest.sections)
    card: Json = {}
    for pressable, shown in ((count, count), (count // 2, count), (10, 120), (10, 60)):
        card = adaptive(_sheet(digest, pressable, shown), digest.text)
        if limits.fits(message(card, "")):
            break
    return card


def _sheet(digest: Digest, pressable: int, most: int) -> list[Json]:
    """The first `most` lines, of which the first `pressable` have buttons."""
    rendering = Rendering()
    body = headed(digest.opening)
    number = 0
    for section in digest.sections:
        body.append(line(run(cut(section.title, LINE), weight="Bolder"), spacing="Medium"))
        for each in section.lines:
            number += 1
            if number <= most:
                body += _line(each, rendering, buttons=number <= pressable)
    if number > most:
        body.append(line(run(MORE.format(count=number - most), isSubtle=True)))
    closing = digest.closing.replace("/rec ", "")
    small = [] if blank(closing) else prose(cut(closing, 1000), isSubtle=True)
    return [*body, *small]


def _line(each: Line, rendering: Rendering, *, buttons: bool) -> list[Json]:
    """A line; one that is settled is struck through, with what became of it."""
    text = cut(" ".join(each.text.split()), LINE)
    if each.settled is not None:
        done = run(f"{text} ", strikethrough=True, isSubtle=True)
        return [line(run("✓ "), done, run(cut(each.settled, LINE)), spacing="Small")]
    told = line(run(f"• {text}"))
    target = each.target
    if not (buttons and target and sayable(f"snooze {target}")):
        return [{**told, "spacing": "Small"}]
    update = button(Button("Update…", f"update {target}", opens_form=True), rendering)
    snooze = button(Button("Snooze", f"snooze {target}"), rendering)
    row = {"type": "ActionSet", "actions": [update, snooze], "spacing": "Small"}
    # Below the line: beside it Teams folds the second one into a "…" that nobody knows for Snooze.
    return [told, row]
