"""Fake platform: a courier in memory that does as it is told, and the outbox behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from db import tables as t
from db.ledger.messages import LedgerMessage, queue
from db.store import Reading, Store
from scheduler.courier import Courier, Letter, NotDelivered
from scheduler.outbox import Operation, commit
from tests.factories import TEST


class FakePlatform(Courier):
    """Courier that keeps what it is sent.

    `failing` are what the next posts and edits raise; `posting` is called at the start of each
    post, which is the moment at which anything may happen.
    """

    def __init__(self, name: str = "platform", *reached: str) -> None:
        self.name = name
        self.reached = reached
        self.letters: list[Letter] = []
        self.edits: list[Letter] = []
        self.failing: list[BaseException | type[BaseException]] = []
        self.posting: Callable[[Letter], object] = lambda letter: None
        self.looks = 0

    def reaches(self, _reading: Reading, destination: str) -> bool:
        return not self.reached or destination in self.reached

    async def post(self, letter: Letter) -> str:
        await asyncio.to_thread(self.posting, letter)
        if self.failing:
            raise self.failing.pop(0)
        self.letters.append(letter)
        return f"{self.name}:{len(self.letters)}"

    async def find(self, letter: Letter) -> str | None:
        self.looks += 1
        keys = [one.key for one in self.letters]
        return f"{self.name}:{keys.index(letter.key) + 1}" if letter.key in keys else None

    async def edit(self, letter: Letter, _platform_id: str) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.edits.append(letter)

    @property
    def keys(self) -> list[str]:
        return [letter.key for letter in self.letters]


class Forgetful(FakePlatform):
    """Courier that cannot be asked for what it was sent, as Teams cannot."""

    async def find(self, letter: Letter) -> str | None:
        self.looks += 1
        raise NotDelivered(f"Nobody can say whether {letter.key} arrived.", for_good=True)


def queued(store: Store, *states: str) -> list[LedgerMessage]:
    """The messages in these states ("gathered" where none is named) that may be attempted now."""
    with store.read() as reading:
        return queue(reading, states or ("gathered",), reading.clock.machine())


def carry_out(store: Store, *operations: Operation) -> list[Any]:
    """The results of operations of the outbox, in one transaction."""
    with store.write(TEST, alone=False) as writing:
        return commit(writing, operations)


NO_ANSWER = NotDelivered("No answer.", uncertain=True)


def end_waits(store: Store) -> None:
    """End every wait of the machine's clock: back-off, claims, and the pace of destinations."""
    with store.write(TEST) as writing:
        for message in writing.all(writing.select(t.Message)):
            message.next_attempt_at = message.claimed_until = None
            writing.session.add(message)
        for destination in writing.all(writing.select(t.Destination)):
            destination.next_free_at = None
            writing.session.add(destination)
