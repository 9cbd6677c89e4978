"""Parser of the text of a Slack message: its mark-up for links, channels and mentions.

Anyone in a workspace can send such a text, so each pattern here takes time in proportion to its
length: no repetition within another, and none that runs past the `<` where the next token begins.
"""

from __future__ import annotations

import re

_LINK = re.compile(r"<((?:https?|mailto|tel):[^<>|]+)(?:\|[^<>]*)?>")
_CHANNEL = re.compile(r"<#(\w+)(?:\|([^<>]*))?>")
_SPECIAL = re.compile(r"<!(?:subteam\^\w+\|)?([^<>|]*)(?:\|([^<>]*))?>")
_MAILTO = "mailto:"
_WORD = re.compile(r"\S+")


def typed(text: str) -> str:
    """The text as it was typed: links as their address, channels by name, no escapes.

    Mentions of people stay `<@U01JANE>`, which is how a command knows them.
    """
    text = _LINK.sub(lambda m: m[1], text)
    text = _CHANNEL.sub(lambda m: f"#{m[2] or m[1]}", text)
    text = _SPECIAL.sub(lambda m: f"@{m[2] or m[1]}".replace("@@", "@"), text)
    if _MAILTO in text:
        text = _WORD.sub(lambda m: _without_mailto(m[0]), text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def without_mention(text: str, bot: str) -> str:
    """The text without the mentions of the bot `bot` (its user id), wherever they stand.

    After a mention at the head, a comma or colon goes too ("@Duly: 24087").
    """
    head, *rest = re.split(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>", text)
    pieces = [head.strip()] if head.strip() else []
    for piece in rest:
        words = piece.strip() if pieces else piece.lstrip(" \t\r\n,:").rstrip()
        if words:
            pieces.append(words)
    return " ".join(pieces)


def _without_mailto(word: str) -> str:
    """A word without the scheme that Slack puts before an e-mail address."""
    before, found, address = word.rpartition(_MAILTO)
    return before.replace(_MAILTO, "") + address if found and "@" in address else word
