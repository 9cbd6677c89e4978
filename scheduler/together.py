"""What all that is in hand wants of the ledger at one moment is one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar, cast

from db.errors import StoreAway, StoreBusy
from db.store import Store, Writing
from scheduler import lots
from scheduler.claims import Claim
from scheduler.lots import Begun, Sent, Wanted
from scheduler.rounds import at_a_stroke, patiently

LINGER = 0.01
"""Seconds after which a transaction is begun if nothing more was wanted within them: a commit
takes as long for two hundred as for one, and posts that are under way need the processor now."""
MOST_LINGERS = 10

T = TypeVar("T")


@dataclass(frozen=True)
class _Act:
    """One transaction's part; `act` may be called more than once. `order` is the destination
    whose rows it locks."""

    order: str
    act: Callable[[Writing], Any]


_Wish: TypeAlias = "Sent | Wanted | Claim | _Act"
"""To settle what was sent, to begin what is wanted, to let go what was claimed, and the rest."""


class Together:
    """Transactions about messages, made in a thread of their own while posts go on."""

    def __init__(self, store: Store, lasting: timedelta) -> None:
        self._store = store
        self._lasting = lasting
        self._wishes: list[tuple[_Wish, asyncio.Future[Any]]] = []
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._granting: asyncio.Task[None] | None = None

    def close(self) -> None:
        self._thread.shutdown()

    def begin(self, wanted: Wanted) -> asyncio.Future[Begun]:
        """What comes of a message that is to be posted, once that is committed."""
        return self._wish(wanted)

    def sent(self, sent: Sent) -> asyncio.Future[None]:
        """Settle a message that was taken."""
        return self._wish(sent)

    def release(self, claim: Claim) -> asyncio.Future[None]:
        """Let go a message that was begun here and is surely not posted."""
        return self._wish(claim)

    def do(self, act: Callable[[Writing], T], order: str) -> asyncio.Future[T]:
        """Like `patiently`: gives what `act` gave, once that is committed, or raises what it
        raised. Acts are called in the order of `order`, so that two processes never wait for each
        other crosswise."""
        return self._wish(_Act(order, act))

    def _wish(self, wish: _Wish) -> asyncio.Future[Any]:
        granted = asyncio.get_running_loop().create_future()
        self._wishes.append((wish, granted))
        if self._granting is None:
            self._granting = asyncio.create_task(self._grant())
        return granted

    async def _grant(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wishes:
            for _ in range(MOST_LINGERS):
                wanted = len(self._wishes)
                await asyncio.sleep(LINGER)
                if len(self._wishes) == wanted:
                    break
            found, self._wishes = self._wishes, []
            wishes = [wish for wish, _ in found]
            answers = await loop.run_in_executor(self._thread, self._made, wishes)
            for (_, granted), (answer, error) in zip(found, answers, strict=True):
                if granted.done():
                    continue
                if error is None:
                    granted.set_result(answer)
                else:
                    granted.set_exception(error)
        self._granting = None

    def _made(self, wishes: Sequence[_Wish]) -> list[tuple[Any, BaseException | None]]:
        """What became of each wish: what it gave, or raised."""
        answers: dict[int, tuple[Any, BaseException | None]] = {}
        plain = [n for n, wish in enumerate(wishes) if not isinstance(wish, _Act)]
        self._try(wishes, plain, self._lot, answers)
        acts = [n for n, wish in enumerate(wishes) if isinstance(wish, _Act)]
        acts.sort(key=lambda n: cast("_Act", wishes[n]).order)
        self._try(wishes, acts, self._acts, answers)
        return [answers[n] for n in range(len(wishes))]

    def _try(
        self,
        wishes: Sequence[_Wish],
        some: Sequence[int],
        grant: Callable[[Sequence[Any]], list[Any]],
        answers: dict[int, tuple[Any, BaseException | None]],
    ) -> None:
        """All in one transaction; each alone where that fails, so that what is wrong with one
        takes nothing of the others back."""
        if not some:
            return
        try:
            given = grant([wishes[n] for n in some])
        except BaseException as error:  # noqa: BLE001  raised again by whoever wished it
            if len(some) == 1 or isinstance(error, StoreBusy | StoreAway):
                answers.update((n, (None, error)) for n in some)
            else:
                for n in some:
                    self._try(wishes, [n], grant, answers)
        else:
            answers.update((n, (one, None)) for n, one in zip(some, given, strict=True))

    def _lot(self, wishes: Sequence[Sent | Wanted | Claim]) -> list[Any]:
        sent = [wish for wish in wishes if isinstance(wish, Sent)]
        wanted = [wish for wish in wishes if isinstance(wish, Wanted)]
        left = [wish for wish in wishes if isinstance(wish, Claim)]
        begun = iter(
            at_a_stroke(
                self._store,
                lambda hand: lots.act(hand, sent, wanted, self._lasting, left),
            )
        )
        return [next(begun) if isinstance(wish, Wanted) else None for wish in wishes]

    def _acts(self, wishes: Sequence[_Act]) -> list[Any]:
        return patiently(self._store, lambda writing: [wish.act(writing) for wish in wishes])
