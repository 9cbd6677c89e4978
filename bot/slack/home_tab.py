"""The Home tab: published when it is opened, and again when its reader changed something."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.text import blank
from bot.slack.blocks import limits
from bot.slack.blocks.cards import line_block, rows
from bot.slack.blocks.elements import Block, context, header, section, short
from bot.slack.blocks.mrkdwn import escape
from bot.slack.client import UNREACHED, Json, why
from bot.slack.members import SlackMember
from db.store import Store
from messages.home import Home, Part, bar_text, home

_DIVIDER: Block = {"type": "divider"}
_ROOM = 30_000
"""Characters of the whole page, which stays below Slack's 250 kB however they are written."""
_MEETINGS = 8
_AROUND = 4
"""Blocks of a part that are not its lines: a divider, its title, what more there is, buttons."""

log = logging.getLogger(__name__)


class HomeTabs:
    """Publishes every reader's Home tab; `later` runs work in the background."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._store = store
        self._client = client
        self._later = later
        self._opened: set[str] = set()

    async def opened(self, member: SlackMember) -> None:
        """Publish for a member who looks at their Home tab."""
        self._opened.add(member.user)
        await self._publish(member)

    async def refused(self, user: str, sentence: str) -> None:
        """Publish the refusal for somebody who gets nothing."""
        await self._put(user, {"type": "home", "blocks": [section(escape(sentence))]})

    def changed(self, member: SlackMember) -> None:
        """Publish anew after a change, where this member's Home tab was ever opened."""
        if member.user in self._opened:
            self._later(self._publish(member))

    async def _publish(self, member: SlackMember) -> None:
        await self._put(member.user, await asyncio.to_thread(self._view, member))

    def _view(self, member: SlackMember) -> Json:
        with self._store.read() as reading:
            return home_view(home(reading, member.person))

    async def _put(self, user: str, view: Json) -> None:
        try:
            await self._client.views_publish(user_id=user, view=view)
        except UNREACHED as error:
            log.warning("Home was not shown", extra={"user": user, "reason": why(error)})


def home_view(home: Home) -> Block:
    """The view for `views.publish`: what is urgent first, the whole force last."""
    blocks = [header(home.title)]
    if not blank(home.subtitle):
        blocks.append(context(short(home.subtitle, 500, own=True)))
    if not blank(home.nothing):
        blocks.append(section(short(home.nothing, 500, own=True)))
    end = _force(home)
    if home.meetings is not None:
        end = [*_part(home.meetings, home, _MEETINGS, _ROOM // 3), *end]
    for part in (*home.say_before, home.overdue, *home.mine):
        left = limits.VIEW_BLOCKS - len(end) - len(blocks) - _AROUND
        room = _ROOM - limits.room(end) - limits.room(blocks)
        if part is not None and left > 0 and room > 0:
            blocks += _part(part, home, left, room)
    return {"type": "home", "blocks": [*blocks, *end]}


def _part(part: Part, home: Home, most: int, room: int) -> list[Block]:
    """A part's title, its lines while there is room for them, and the way to the rest."""
    heading = f"*{short(part.title, 300)}*"
    if not blank(part.note):
        heading += f"\n{short(part.note, 500, home.zone, own=True)}"
    blocks = [_DIVIDER, section(heading)]
    buttons = rows(part.buttons[:5])
    room -= limits.room(blocks) + limits.room(buttons)
    shown = 0
    for line in part.lines[:most]:
        block = line_block(line, home.zone)
        room -= limits.room(block)
        if room < 0:
            break
        blocks.append(block)
        shown += 1
    if more := part.more + len(part.lines) - shown:
        blocks.append(context(f"… and {more} more" + ("" if buttons else ": say `/rec mine`")))
    return [*blocks, *buttons]


def _force(home: Home) -> list[Block]:
    if not home.force:
        return []
    bars = "\n".join(f"`{bar_text(bar)}`" for bar in home.force)
    return [_DIVIDER, section(f"*The whole force*\n{bars}"), *rows(home.force_buttons[:5])]
