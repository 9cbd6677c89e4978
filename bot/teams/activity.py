"""Activities that Teams sends: the SDK's typed models, and what several handlers read of them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError

from bot.chat.text import clean, cut
from bot.teams.sdk import ActivityBase, ActivityTypeAdapter, MentionEntity, MessageActivity
from governance.errors import DulyError

Json = dict[str, Any]

CHANNEL, PERSONAL = "channel", "personal"
MAX_BOT_MENTIONS = 8
"""Different texts in one message that may mention the bot; Teams sends one or two."""
_AT = re.compile(r"<at\b[^<>]*>([^<]*)</at>", re.I)
_READ_OF_MESSAGE = ("id", "body", "linkToMessage")


class ActivityRefused(DulyError):
    """A request that is not acted on, with the HTTP status that it is answered with."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class ConversationReference:
    """A conversation, and the address at which Teams serves it."""

    conversation: str
    """Its id; in a channel with the thread's root."""
    service_url: str

    @classmethod
    def of(cls, activity: ActivityBase) -> Self:
        """The conversation that an activity comes from."""
        return cls(activity.conversation.id, activity.service_url or "")


def parse_activity(payload: Json) -> ActivityBase:
    """The payload as a typed activity. Raises ActivityRefused: 501 for an invoke of a name that
    the SDK does not know, 400 for anything else that is no activity."""
    try:
        activity: ActivityBase = ActivityTypeAdapter.validate_python(_readable(payload))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "union_tag_invalid" and first["loc"] == ("invoke",):
            raise not_implemented(str(payload.get("name"))) from None
        field = ".".join(str(part) for part in first["loc"]) or "activity"
        why = cut(clean(f"{field}: {first['msg']}"), 200)  # it may quote the payload
        raise ActivityRefused(f"This is no activity of Teams: {why}.") from None
    return activity


def not_implemented(name: str) -> ActivityRefused:
    """The refusal of an invoke that no handler takes; Teams tells whoever made it."""
    return ActivityRefused(f"Duly does not handle the invoke {name[:80]!r}.", 501)


def _readable(payload: Json) -> Json:
    """The payload without what the SDK's models refuse in the form in which Teams sends it, and
    Duly does not read: an upgrade's action, and the senders of and reactions to a message."""
    action, value = payload.get("action"), payload.get("value")
    if payload["type"] == "installationUpdate" and isinstance(action, str):
        return {**payload, "action": action.partition("-")[0]}
    message = value.get("messagePayload") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(message, dict):
        kept = {name: message[name] for name in _READ_OF_MESSAGE if name in message}
        return {**payload, "value": {**value, "messagePayload": {"id": "", **kept}}}
    return payload


def is_from_bot(activity: ActivityBase) -> bool:
    return activity.from_.role == "bot" or activity.from_.id.startswith("28:")


def object_id(activity: ActivityBase) -> str:
    """The sender's id in the directory; "" where Teams does not say."""
    return activity.from_.aad_object_id or ""


def conversation_type(activity: ActivityBase) -> str:
    """personal, channel or groupChat."""
    type = activity.conversation.conversation_type
    if type:
        return type
    return CHANNEL if activity.conversation.is_group or channel_id(activity) else PERSONAL


def channel_id(activity: ActivityBase) -> str:
    """The channel's id; "" outside of a team."""
    return (activity.channel.id if activity.channel is not None else None) or ""


def team_id(activity: ActivityBase) -> str:
    """The team's id; "" outside of one."""
    return (activity.team.id if activity.team is not None else None) or ""


def tenant_ids(activity: ActivityBase) -> frozenset[str]:
    """Every directory that the activity names: one, unless somebody comes from another."""
    tenant = activity.channel_data.tenant if activity.channel_data is not None else None
    ids = (
        activity.conversation.tenant_id,
        tenant.id if tenant is not None else None,
        activity.from_.tenant_id,
    )
    return frozenset(id.casefold() for id in ids if id)


def message_text(activity: MessageActivity) -> str:
    """The text that was typed, without the mentions of the bot; other mentions become "@name".

    Takes linear time. The SDK's `strip_mentions_text` removes every mention, and leaves the
    escapes that Teams writes as in HTML.
    """
    text = activity.text or ""
    marks = {
        entity.text
        for entity in activity.entities or ()
        if isinstance(entity, MentionEntity) and entity.mentioned.id == activity.recipient.id
    }
    for mark in sorted(filter(None, marks), key=len, reverse=True)[:MAX_BOT_MENTIONS]:
        text = text.replace(mark, " ")
    text = _AT.sub(lambda match: f"@{match[1]}", text)
    # Last, so that typed text that looks like a mention is none.
    return html.unescape(text).replace("\u00a0", " ").strip()
