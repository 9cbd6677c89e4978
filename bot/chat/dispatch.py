"""From what somebody said to the core's reply, the same for every chat face."""

from __future__ import annotations

import asyncio

from commands.request import FormAnswer, Request
from commands.router import answer, only_reads
from db.store import Store
from messages.reply import Reply


async def ask(
    store: Store,
    face: str,
    person: str | None,
    *,
    text: str = "",
    form: FormAnswer | None = None,
    channel: str | None = None,
    shared: bool = False,
    id: str | None = None,
) -> Reply:
    """The core's reply; a look-up at once, whatever may write off the event loop.

    `id` is the platform's own, without the face's name: a redelivery then acts once. A look-up
    changes nothing, so a repeated one is answered anew.
    """
    looks = form is None and only_reads(text)
    request = Request(
        text=text,
        person=person,
        face=face,
        channel=channel,
        shared=shared,
        form=form,
        id=None if looks or id is None else request_id(face, id),
    )
    if looks:
        return answer(store, request)
    return await asyncio.to_thread(answer, store, request)


def request_id(face: str, id: str) -> str:
    """A platform's id of a request as the store remembers it."""
    return f"{face}:{id}"
