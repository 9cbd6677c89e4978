"""The parts every block is made of, and the names of what can be pressed.

An action_id is one of `SAY` … `SNOOZE`, or that name with a number ("say:2"): Slack refuses two
equal ones in a block. `kind` gives the name back. The value is the full command, whatever the
kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.chat.text import blank, clean, cut, pieces, size
from bot.slack.blocks import limits
from bot.slack.blocks.mrkdwn import escape, own_words, text_object, to_mrkdwn
from messages.reply import Button

Block = dict[str, Any]

SAY = "say"
"""Says its value; the answer replaces the message."""
FORM = "form"
"""Says its value, whose answer is a form to open."""
SHOW_ALL = "show_all"
"""Says its value and shows the card unfolded."""
SHARE = "share"
"""Says its value again, for everybody in the channel."""
PAGE = "page"
"""Says its value, another page of the list."""
SNOOZE = "snooze"
"""Says its value, which holds one line of a digest."""

PIECE = 2900
"""Characters of one section: a little below the limit."""
CUT_SHORT = 200
"""Less room than this is not worth a piece of text."""
MESSAGE_TEXT = 39_000
UNFORMATTED: Block = {"mrkdwn": False}
"""Of a message without blocks, whose text Slack shows then: its formatting marks are words."""
ROOM = 12000
"""Characters of one message: Slack refuses somewhere near 13,200, and documents nothing."""
_MARKS = {"*", "`", "_", "•"}


def kind(action_id: str) -> str:
    """The kind of an action_id: "say:2" is `SAY`."""
    return action_id.partition(":")[0]


def plain(text: str, most: int) -> Block:
    """A plain_text object, cut to `most`; never empty, which Slack refuses."""
    shown = cut(clean(text).strip(), most).strip()
    return {"type": "plain_text", "text": shown or "–", "emoji": False}


def mrkdwn(text: str) -> Block:
    """A text object of text that is escaped already."""
    return text_object(text)


def section(text: str, accessory: Block | None = None) -> Block:
    """A section of text that is escaped already."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return block


def context(text: str) -> Block:
    """Small print, of text that is escaped already."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, limits.HEADER)}


def short(text: str, most: int, zone: ZoneInfo | None = None, *, own: bool = False) -> str:
    """A text as mrkdwn on its way into one object, cut to `most` characters of it; `own` for
    Duly's words, in which backticks are code."""

    def render(raw: str) -> str:
        return to_mrkdwn(raw, zone, own=own)

    text = own_words(text) if own else text
    whole = render(text)
    return whole if size(whole) <= most else render(cut(text, most, render))


def message_text(text: str) -> str:
    """A message's `text`, which Slack reads as mrkdwn: escaped, its dates in words."""
    return "–" if blank(text) else escape(cut(text, MESSAGE_TEXT, escape))


def prose(text: str, zone: ZoneInfo | None, room: int = ROOM) -> list[Block]:
    """A text as sections, as long as there is room; the last says when something is missing."""
    return _sections(text, lambda raw: to_mrkdwn(raw, zone), room)


def headed(text: str, zone: ZoneInfo | None, room: int = ROOM) -> list[Block]:
    """As `prose`, of Duly's own words: the line above each list of bullets is its heading."""
    return _sections(own_words(text), lambda raw: _with_headings(raw, zone), room)


def fits(text: str, zone: ZoneInfo | None, room: int) -> bool:
    """True where `headed` shows the whole text."""
    return size(_with_headings(own_words(text), zone)) <= room - CUT_SHORT


def _sections(text: str, render: Callable[[str], str], room: int) -> list[Block]:
    blocks = []
    left = room
    for piece in pieces(text, PIECE, render):
        shown = render(piece)
        whole = size(shown) <= left
        if not whole:
            shown = render(cut(piece, max(left, 20), render))
        blocks.append(section(shown))
        left -= size(shown)
        if not whole or left < CUT_SHORT:
            break
    return blocks


def _with_headings(text: str, zone: ZoneInfo | None) -> str:
    return "\n\n".join(_paragraph(each, zone) for each in text.split("\n\n"))


def _paragraph(text: str, zone: ZoneInfo | None) -> str:
    heading, _, rest = text.partition("\n")
    own = all(line.startswith(("• ", "- ", "… ")) for line in rest.split("\n"))
    if own and heading.strip() == heading and 0 < len(heading) <= 120 and not _MARKS & {*heading}:
        return f"*{to_mrkdwn(heading, zone, own=True)}*\n{to_mrkdwn(rest, zone, own=True)}"
    return to_mrkdwn(text, zone, own=True)


def button(label: str, action_id: str, value: str, style: str = "plain") -> Block:
    """A button; `value` is the command it says and must be within `limits.VALUE`."""
    block: Block = {
        "type": "button",
        "action_id": action_id,
        "text": plain(label, limits.BUTTON),
        "value": clean(value),
    }
    if style in ("primary", "danger"):
        block["style"] = style
    return block


def sayable(command: str) -> bool:
    """True where a button can carry the command; a longer one is in the answer's text."""
    return 0 < size(clean(command)) <= limits.VALUE


def actions(buttons: Sequence[tuple[Button, str]], room: int = ROOM // 2) -> list[Block]:
    """Rows of buttons, each with its action's kind.

    Those too long to carry, and those for which there is no `room` left, are left out: the
    answer's text says what can be typed instead.
    """
    fitting = []
    for each, what in buttons:
        room -= size(each.label[: limits.BUTTON]) + size(each.command)
        if room < 0:
            break
        if sayable(each.command):
            fitting.append((each, what))
    rows = (fitting[at : at + limits.ACTIONS] for at in range(0, len(fitting), limits.ACTIONS))
    return [{"type": "actions", "elements": _numbered(row)} for row in rows]


def _numbered(row: Sequence[tuple[Button, str]]) -> list[Block]:
    blocks: list[Block] = []
    seen: dict[str, int] = {}
    for each, what in row:
        seen[what] = seen.get(what, 0) + 1
        nth = what if seen[what] == 1 else f"{what}:{seen[what]}"
        blocks.append(button(each.label, nth, each.command, each.style))
    return blocks
