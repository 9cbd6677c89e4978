"""An answer in a modal, where there is no message for it to stand in."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bot.slack.blocks import limits
from bot.slack.blocks.elements import plain, prose
from bot.slack.blocks.messages import reply_blocks
from bot.slack.pressed import marked
from messages.reply import Reply

Json = dict[str, Any]
ANSWER = "answer"
"""The callback_id of a modal that only shows something."""


def answer_view(reply: Reply, zone: ZoneInfo, *, open: bool = False) -> Json:
    """A reply as a modal, with what it offers to press."""
    blocks = reply_blocks(reply, zone=zone, open=open) or prose(reply.text, zone)
    view: Json = {
        "type": "modal",
        "callback_id": ANSWER,
        "title": plain("Duly", limits.TITLE),
        "close": plain("Close", limits.TITLE),
        "blocks": blocks,
    }
    return marked(view, reply)
