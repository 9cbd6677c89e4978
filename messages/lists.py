"""A list in words: the counts on top, one line a recommendation, what to say for the next page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from db.queries.lists import ListedRecommendation, ListPage
from db.store import Reading
from governance.brag import Brag
from governance.dates import say_date
from governance.words import Progress
from messages.naming import names_of
from messages.recommendation import brag_of, days_left, excerpt, say_progress
from messages.reply import Button, Card, Reply

COUNTED = {
    Brag.RED: "red",
    Brag.AMBER: "amber",
    Brag.GREEN: "green, on track",
    Brag.GREEN_DONE: "green, awaiting sign-off",
    Brag.WHITE: "white",
    Brag.BLUE: "blue, closed",
}
"""In the order in which a board looks at them; the two Greens apart."""


def counts_line(counts: Mapping[Brag, int]) -> str:
    """The counts by BRAG as letter, shape and words, all six, so that they add up in sight."""
    return " · ".join(
        f"{each.letter} {each.shape} {words}: {counts[each]}" for each, words in COUNTED.items()
    )


def list_lines(reading: Reading, rows: Sequence[ListedRecommendation]) -> tuple[Card, ...]:
    """One line each: `title` is what can be typed back, `subtitle` the rest."""
    names = names_of(reading, rows)
    return tuple(_line(reading, row, name) for row, name in zip(rows, names, strict=True))


def list_line(reading: Reading, row: ListedRecommendation) -> Card:
    """As `list_lines`, of a single one."""
    return list_lines(reading, [row])[0]


def _line(reading: Reading, row: ListedRecommendation, name: str) -> Card:
    today = reading.today
    shade = brag_of(row, today)
    state = f"closed, {say_progress(row.closure)}" if row.closure else say_progress(row.progress)
    due = "no date"
    if row.deadline is not None:
        due = f"due {say_date(row.deadline)}"
        if not row.closure and row.progress != Progress.COMPLETE:
            due += f", {days_left(row.deadline, today)}"
    owner = reading.directory.post_title(row.owner) if row.owner else "no owner"
    colour = shade.colour.capitalize()
    request = excerpt(" ".join([row.text, *row.points[:1]]))
    text = f"{shade.letter} {shade.shape} {colour}, {state} · {due} · {owner} · {request}"
    show = (Button("Show", name),)
    return Card(title=name, subtitle=text, brag=shade, buttons=show, name=name)


def list_heading(heading: str, page: ListPage) -> str:
    """The text above a list: its heading, and the counts by BRAG."""
    return f"{heading}\n{counts_line(page.counts)}"


def lines_reply(before: str, lines: Sequence[Card], after: str = "", **more: Any) -> Reply:
    """A reply of lines, with what stands above and below; its text says the lines too."""
    text = "\n\n".join(filter(None, [before, lines_text(lines), after]))
    return Reply(text, lines=tuple(lines), before=before, after=after, **more)


def lines_text(lines: Sequence[Card]) -> str:
    return "\n".join(f"{line.title} · {line.subtitle}" for line in lines)


def pages_text(number: int, pages: int, command: str) -> str:
    """The page's number, and the commands for the pages around it; "" for a single page."""
    if pages == 1:
        return ""
    sentences = [f"Page {number} of {pages}."]
    if number < pages:
        sentences.append(f"Next: `{command} page {number + 1}`.")
    if number > 1:
        sentences.append(f"Previous: `{command} page {number - 1}`.")
    return " ".join(sentences)


def page_buttons(number: int, pages: int, command: str) -> tuple[Button, ...]:
    """Next and previous page, as far as there are any."""
    buttons = []
    if number > 1:
        buttons.append(Button("Previous", f"{command} page {number - 1}"))
    if number < pages:
        buttons.append(Button("Next", f"{command} page {number + 1}"))
    return tuple(buttons)
