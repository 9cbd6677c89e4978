"""What a button belongs to: the message it is on, as it was last rendered.

Slack sends a press without the message's own content where only one person sees it, so each
rendering says in its block_ids what stands there, and is told apart from the one before: the
second click of a double click carries the first's id, the message that replaced it another.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.chat.message_state import CARDS, LINES, QUESTION, Standing
from messages.reply import Reply

Json = dict[str, Any]

_MOST = 255
"""Characters of a block_id."""


@dataclass(frozen=True)
class Shown(Standing):
    """What stands in a message, as its block_ids say it."""

    @classmethod
    def told(cls, said: str) -> Shown:
        """Out of a block_id, or what a form carried; WORDS where nothing is said."""
        what, _, rest = said.partition("|")
        if what not in (CARDS, LINES, QUESTION):
            return cls()
        names = rest.partition("|")[2].partition("|")[2]
        return cls(what, tuple(names.split(", ")) if names else ())

    def id(self, rendering: str, place: int | str) -> str:
        """A block_id of this rendering."""
        head = f"{self.what}|{rendering}|{place}|"
        names = ", ".join(self.names)
        return head + (names if len(head) + len(names) <= _MOST else "")


def is_rendering(block_id: str) -> bool:
    """Whether a block_id is one of `Shown.id`, and not one that Slack made up."""
    return "|" in block_id


def marked(payload: Json, reply: Reply) -> Json:
    """Give each block with something to press an id of this rendering's own."""
    rendering, shown = secrets.token_urlsafe(6), Shown.of(reply)
    for place, block in enumerate(payload.get("blocks", ())):
        if block["type"] == "actions" or "accessory" in block:
            block["block_id"] = shown.id(rendering, place)
    return payload


@dataclass(frozen=True)
class Where:
    """Where a press, a command or a shortcut came from, and so where its answer goes.

    It travels with a form, whose submission tells nothing of where it was opened.
    """

    channel: str = ""
    thread: str = ""
    ts: str = ""
    """The message that was pressed; "" for one that only its reader sees."""
    url: str = ""
    """Slack's response_url: five answers within half an hour."""
    view: str = ""
    """The modal that was pressed."""
    home: bool = False
    shown: Shown = field(default_factory=Shown)

    @property
    def in_message(self) -> bool:
        return not self.view and not self.home

    @classmethod
    def pressed(cls, body: Json) -> Where:
        """Where a button was pressed."""
        container = body.get("container") or {}
        view = body.get("view") or {}
        shown = Shown.told(str(body["actions"][0].get("block_id") or ""))
        if view:
            home = view.get("type") == "home"
            return cls(view="" if home else str(view["id"]), home=home, shown=shown)
        channel = container.get("channel_id") or (body.get("channel") or {}).get("id")
        seen_by_all = not container.get("is_ephemeral")
        return cls(
            channel=str(channel or ""),
            thread=str(container.get("thread_ts") or ""),
            ts=str(container.get("message_ts") or "") if seen_by_all else "",
            url=str(body.get("response_url") or ""),
            shown=shown,
        )

    def carried(self) -> dict[str, str]:
        """As a form carries it."""
        told = {
            "channel": self.channel,
            "thread": self.thread,
            "ts": self.ts,
            "url": self.url,
            "view": self.view,
            "home": "1" if self.home else "",
            "shown": self.shown.id("", ""),
        }
        return {name: value for name, value in told.items() if value}

    @classmethod
    def brought(cls, told: Json) -> Where:
        """As a form brings it back."""

        def said(name: str) -> str:
            return str(told.get(name) or "")

        return cls(
            channel=said("channel"),
            thread=said("thread"),
            ts=said("ts"),
            url=said("url"),
            view=said("view"),
            home=bool(told.get("home")),
            shown=Shown.told(said("shown")),
        )
