"""Runs what somebody said, pressed or submitted in chat, on or off the event loop."""

from __future__ import annotations

import asyncio

from commands.invocation import Invocation
from commands.request import FormAnswer, Request
from commands.router import parse, run
from db.store import Store
from messages.reply import Reply


def invoked(
    face: str,
    person: str | None,
    *,
    text: str = "",
    form: FormAnswer | None = None,
    channel: str | None = None,
    shared: bool = False,
    id: str | None = None,
) -> Invocation:
    """A request of this face, parsed.

    `id` is the platform's own, without the face's name: a redelivery then acts once.
    """
    key = None if id is None else request_id(face, id)
    return parse(Request(text, person, face, channel, shared, form, key))


async def respond(store: Store, invocation: Invocation) -> Reply:
    """The core's reply; a quick look-up at once, whatever may write off the event loop."""
    if invocation.quick:
        return run(store, invocation)
    return await asyncio.to_thread(run, store, invocation)


def request_id(face: str, id: str) -> str:
    """A platform's id of a request as the store remembers it."""
    return f"{face}:{id}"
