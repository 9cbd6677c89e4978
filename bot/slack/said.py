"""What a person typed, out of what Slack makes of it."""

from __future__ import annotations

import re

_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#(\w+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!(?:subteam\^\w+\|)?([^|>]*)(?:\|([^>]*))?>")


def typed(text: str) -> str:
    """The text as it was typed: links as their address, channels by name, no escapes.

    Mentions of people stay `<@U01JANE>`, which is how a command knows them.
    """
    text = _LINK.sub(lambda m: m[1], text)
    text = _CHANNEL.sub(lambda m: f"#{m[2] or m[1]}", text)
    text = _SPECIAL.sub(lambda m: f"@{m[2] or m[1]}".replace("@@", "@"), text)
    text = re.sub(r"\bmailto:(?=\S+@)", "", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def without_mention(text: str, bot: str) -> str:
    """The text without the mentions of the bot that call it, at its head or end."""
    mention = rf"<@{re.escape(bot)}(?:\|[^>]*)?>"
    text = re.sub(rf"^(?:\s*{mention}[\s,:]*)+", "", text)
    text = re.sub(rf"(?:\s*{mention}\s*)+$", "", text)
    return re.sub(rf"\s*{mention}\s*", " ", text).strip()
