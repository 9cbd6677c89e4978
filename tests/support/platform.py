"""A platform in memory that does as it is told, and remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from db.ledger.messages import LedgerMessage, queue
from db.store import Reading, Store
from scheduler.courier import Courier, Letter, NotDelivered
from scheduler.outbox import Operation, commit
from tests.factories import TEST, message
from tests.factories import add_message as waiting_message

__all__ = [
    "NO_ANSWER", "Forgetful", "Platform", "carry_out", "message", "queued", "waiting_message",
]  # fmt: skip


class Platform(Courier):
    """Keeps what it is sent; `failing` are what the next posts raise, and `posting` is called at
    the start of each post, which is the moment at which anything may happen."""

    def __init__(self, name: str = "platform", *reached: str) -> None:
        self.name = name
        self.reached = reached
        self.letters: list[Letter] = []
        self.edits: list[Letter] = []
        self.failing: list[BaseException] = []
        self.posting: Callable[[Letter], None] = lambda letter: None
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


class Forgetful(Platform):
    """One that cannot be asked for what it was sent, as Teams cannot."""

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
