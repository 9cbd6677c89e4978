"""Requests to Duly without a chat platform."""

from __future__ import annotations

from typing import Any

from commands.request import Request
from commands.router import answer
from db.store import Store
from messages.reply import Reply


def say(store: Store, text: str, person: str | None = "local", **more: Any) -> Reply:
    """The reply to `person` saying `text`."""
    return answer(store, Request(text=text, person=person, **more))
