"""One activity that Teams sends: who, where, and what was said."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Json = dict[str, Any]

PERSONAL, CHANNEL = "personal", "channel"

_AT = re.compile(r"<at\b[^<>]*>([^<]*)</at>", re.I)

MOST_CALLS = 8
"""Different ways in which one message's mark-up may name the bot; Teams has one or two."""


@dataclass(frozen=True)
class Turn:
    """The activity, and what is read from it again and again."""

    activity: Json

    @property
    def id(self) -> str:
        return _said(self.activity, "id")

    @property
    def type(self) -> str:
        return _said(self.activity, "type")

    @property
    def name(self) -> str:
        """What an invoke is about: "adaptiveCard/action"."""
        return _said(self.activity, "name")

    @property
    def value(self) -> Json:
        return _dict(self.activity.get("value"))

    @property
    def at(self) -> datetime | None:
        """When Teams says that it was done; the same however often it is delivered."""
        try:
            told = datetime.fromisoformat(_said(self.activity, "timestamp"))
        except ValueError:
            return None
        return told if told.tzinfo is not None else None

    @property
    def service_url(self) -> str:
        return _said(self.activity, "serviceUrl")

    @property
    def account(self) -> str:
        """Who, by the id they have in Teams: "29:…"."""
        return _said(_dict(self.activity.get("from")), "id")

    @property
    def object_id(self) -> str:
        """Who, by their id in the directory; "" where Teams does not say."""
        return _said(_dict(self.activity.get("from")), "aadObjectId")

    @property
    def bot(self) -> str:
        return _said(_dict(self.activity.get("recipient")), "id")

    @property
    def from_bot(self) -> bool:
        sender = _dict(self.activity.get("from"))
        return sender.get("role") == "bot" or self.account.startswith("28:")

    @property
    def conversation(self) -> str:
        """Where an answer goes: in a channel with the thread's root."""
        return _said(_dict(self.activity.get("conversation")), "id")

    @property
    def kind(self) -> str:
        """personal, channel or groupChat."""
        conversation = _dict(self.activity.get("conversation"))
        told = _said(conversation, "conversationType")
        if told:
            return told
        return CHANNEL if conversation.get("isGroup") or self.channel else PERSONAL

    @property
    def personal(self) -> bool:
        return self.kind == PERSONAL

    @property
    def channel(self) -> str:
        """The channel's id; "" outside of a team."""
        return _said(_dict(self._data.get("channel")), "id")

    @property
    def channel_told(self) -> Json:
        """What the activity itself says of its channel: id, and sometimes name and type."""
        return _dict(self._data.get("channel"))

    @property
    def channel_name(self) -> str:
        return _said(_dict(self._data.get("channel")), "name")

    @property
    def team(self) -> str:
        return _said(_dict(self._data.get("team")), "id")

    @property
    def event(self) -> str:
        """What a conversationUpdate is about: "channelRenamed"."""
        return _said(self._data, "eventType")

    @property
    def action(self) -> str:
        """What an installationUpdate is about: add or remove."""
        return _said(self.activity, "action").partition("-")[0]

    @property
    def members_added(self) -> frozenset[str]:
        return self._members("membersAdded")

    @property
    def members_removed(self) -> frozenset[str]:
        return self._members("membersRemoved")

    def _members(self, name: str) -> frozenset[str]:
        found = self.activity.get(name)
        return frozenset(_said(_dict(e), "id") for e in (found if isinstance(found, list) else []))

    @property
    def tenants(self) -> frozenset[str]:
        """Every directory the activity names: one, unless somebody comes from another."""
        told = (
            _said(_dict(self.activity.get("conversation")), "tenantId"),
            _said(_dict(self._data.get("tenant")), "id"),
            _said(_dict(self.activity.get("from")), "tenantId"),
        )
        return frozenset(tenant.casefold() for tenant in told if tenant)

    @property
    def reply_to(self) -> str:
        """The message that a button or a form belongs to."""
        return _said(self.activity, "replyToId")

    @property
    def _data(self) -> Json:
        return _dict(self.activity.get("channelData"))

    @property
    def text(self) -> str:
        """What was typed, without the mentions that call Duly; others stay by their name. Teams
        escapes what it hands over, as in HTML."""
        text = _said(self.activity, "text")
        calls = {
            _said(mention, "text")
            for mention in self._mentions()
            if _said(_dict(mention.get("mentioned")), "id") == self.bot
        }
        for mark in sorted(filter(None, calls), key=len, reverse=True)[:MOST_CALLS]:
            text = text.replace(mark, " ")
        text = _AT.sub(lambda m: f"@{m[1]}", text)
        # Last, so that what somebody typed that looks like a mention is none.
        return html.unescape(text).replace("\u00a0", " ").strip()

    def _mentions(self) -> list[Json]:
        found = self.activity.get("entities")
        entities = found if isinstance(found, list) else []
        return [_dict(e) for e in entities if _dict(e).get("type") == "mention"]


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _said(value: Json, name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
