"""Runs what somebody said, pressed or submitted in chat, once however often it is delivered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from commands.idempotency import acted_at, note_answered, was_answered
from commands.invocation import Invocation
from commands.request import FormAnswer, Request
from commands.router import parse, run
from db.store import Actor, Store
from messages.reply import Reply

T = TypeVar("T")

REMEMBERED = 10_000
DOUBLE_CLICK = timedelta(seconds=5)
"""Two presses of one button within it are the halves of a double click."""


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
    key = None if id is None else _key(face, id)
    return parse(Request(text, person, face, channel, shared, form, key))


async def respond(store: Store, invocation: Invocation) -> Reply:
    """The core's reply; a quick look-up at once, whatever may write off the event loop."""
    if invocation.quick:
        return run(store, invocation)
    return await asyncio.to_thread(run, store, invocation)


class Deliveries:
    """One face's idempotency: messages are answered once, and a double click is one request."""

    def __init__(self, store: Store, face: str) -> None:
        self._store = store
        self._face = face
        self._taken: OrderedDict[str, None] = OrderedDict()
        """The ids of messages that this process is answering, or has answered."""
        self._spoke: OrderedDict[str, datetime] = OrderedDict()
        """The moment at which each account last sent something else than a press of a button."""

    async def once(
        self, id: str, answer: Callable[[], Awaitable[None]], *, redelivered: bool = True
    ) -> None:
        """Await `answer` unless the message with this id is being answered, or was.

        Where `answer` raises, the next delivery is answered. `redelivered` False saves the look
        into the store, for a platform that marks its redeliveries.
        """
        if id in self._taken:
            return
        _remember(self._taken, id, None)
        try:
            if redelivered and was_answered(self._store, _key(self._face, id)):
                return
            await answer()
        except BaseException:
            self._taken.pop(id, None)
            raise
        actor = Actor(self._face, self._face)
        await asyncio.to_thread(note_answered, self._store, _key(self._face, id), actor)

    def press_id(self, account: str, press: str, at: datetime) -> str:
        """The id of a button's press: the same for both halves of a double click.

        `press` names the button, its message and who presses, and `at` is when, by the platform:
        a redelivery has the same. Once they said something else, or later, a press of the same
        button acts anew. What acted is in the store, so that it holds in whichever process the
        second half arrives.
        """
        name = sha256(press.encode()).hexdigest()
        number = 0
        with self._store.read() as reading:
            while True:
                id = f"press:{name}:{number}"
                acted = acted_at(reading, _key(self._face, id))
                if acted is None or self._is_one(account, acted, at):
                    return id
                number += 1

    def spoke(self, account: str) -> None:
        """Note that an account sent something between two presses."""
        self._spoke.pop(account, None)
        _remember(self._spoke, account, self._store.clock.machine())

    def _is_one(self, account: str, acted: datetime, pressed: datetime) -> bool:
        """True if a press belongs to the request that acted at that moment."""
        if pressed <= acted:
            return True  # it was made before that, and is delivered late, or again
        spoke = self._spoke.get(account)
        return pressed - acted < DOUBLE_CLICK and (spoke is None or spoke < acted)


def _remember(known: OrderedDict[str, T], key: str, value: T) -> None:
    known[key] = value
    if len(known) > REMEMBERED:
        known.popitem(last=False)


def _key(face: str, id: str) -> str:
    """The idempotency key of a platform's id."""
    return f"{face}:{id}"
