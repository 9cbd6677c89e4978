"""A person's Home tab."""

from __future__ import annotations

from bot.slack import limits
from bot.slack.cards import line_block, rows
from bot.slack.dates import said
from bot.slack.elements import Block, context, header, section
from bot.slack.escape import cut
from messages.home import Home, Part, bar_text

_DIVIDER: Block = {"type": "divider"}


def home_view(home: Home) -> Block:
    """A Home as a view for `views.publish`: what must be said first, the whole force last."""
    top = [header(home.title), context(said(cut(home.subtitle, 500)))]
    if home.nothing.strip():
        top.append(section(said(cut(home.nothing, 500))))
    end = _force(home)
    if home.meetings is not None:
        end = [_DIVIDER, *_part(home.meetings, home, 8), *end]
    blocks = top
    for part in (*home.say_before, home.overdue, *home.mine):
        left = limits.VIEW_BLOCKS - len(end) - len(blocks) - 3
        if part is None or left < 3:
            continue
        blocks += [_DIVIDER, *_part(part, home, left)]
    return {"type": "home", "blocks": [*blocks, *end]}


def _part(part: Part, home: Home, most: int) -> list[Block]:
    """A part's title, its lines while there is room for them, and the way to the rest."""
    heading = f"*{said(cut(part.title, 300))}*"
    if part.note.strip():
        heading += f"\n{said(cut(part.note, 500), home.zone)}"
    lines = part.lines[:most]
    blocks = [section(heading), *(line_block(line, home.zone) for line in lines)]
    more = part.more + len(part.lines) - len(lines)
    buttons = rows(part.buttons)[:1]
    if more:
        blocks.append(context(f"… and {more} more" + ("" if buttons else ": say `/rec mine`")))
    return [*blocks, *buttons]


def _force(home: Home) -> list[Block]:
    if not home.force:
        return []
    told = "\n".join(f"`{bar_text(bar)}`" for bar in home.force)
    return [_DIVIDER, section(f"*The whole force*\n{told}"), *rows(home.force_buttons)[:1]]
