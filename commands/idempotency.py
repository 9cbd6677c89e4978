"""A redelivered request acts once: its first change also writes that it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError

from commands.request import Request
from db.errors import StoreBusy
from db.store import Actor, Store, Writing
from db.tables import Seen
from governance.errors import DulyError
from messages.reply import Reply


@cache
def _replies() -> TypeAdapter[Reply]:
    """Built at the first request that has an id; most never need it."""
    return TypeAdapter(Reply)


class AlreadyDone(DulyError):
    """This request was acted on before."""

    def __init__(self) -> None:
        super().__init__("That was done already.")


class OnceStore(Store):
    """The store as one request sees it: `write` refuses, and so rolls back, what was done before.

    That it was seen is written in the change's own transaction, so that neither a process that
    dies nor a redelivery that comes at the same time can act twice.
    """

    def __init__(self, store: Store, request: str) -> None:
        self.__dict__.update(store.__dict__)
        self.request = request
        self.acted = False

    @contextmanager
    def write(self, actor: Actor, *, alone: bool = True) -> Iterator[Writing]:
        with super().write(actor, alone=alone) as writing:
            seen = writing.session.get(Seen, (writing.key, self.request))
            if seen is not None and not self.acted:
                raise AlreadyDone
            yield writing
            if not self.acted:
                self._mark(writing)
        self.acted = True

    def _mark(self, writing: Writing) -> None:
        seen = Seen(organisation=writing.key, request=self.request, at=self.clock.machine())
        try:
            writing.add(seen)
        except IntegrityError:
            # on Postgres two deliveries may both have looked before either had written
            raise AlreadyDone from None


def remember(store: Store, request: Request, reply: Reply) -> None:
    """Keep the reply beside the request it answered.

    When the store is busy it stays without: what was asked is done all the same, and must not
    be answered as if it were not.
    """
    assert request.id is not None
    with (
        suppress(StoreBusy),
        store.write(request.actor) as writing,
    ):
        seen = writing.session.get_one(Seen, (writing.key, request.id))
        seen.reply = _replies().dump_python(reply, mode="json")
        writing.add(seen)


def earlier_reply(store: Store, request: str) -> Reply:
    """The reply given before; a plain sentence where the process died before it was kept."""
    with store.read() as reading:
        seen = reading.session.get(Seen, (reading.key, request))
    if seen is None or not seen.reply:
        return Reply(AlreadyDone().sentence)
    return _replies().validate_python(seen.reply)


def was_answered(store: Store, request: str) -> bool:
    """Whether the answer to the request with this id was shown, by this process or another."""
    with store.read() as reading:
        return reading.session.get(Seen, (reading.key, _shown(request))) is not None


def note_answered(store: Store, request: str, actor: Actor) -> None:
    """Remember that the answer was shown, so that a redelivery does not show it again.

    When the store is busy it is not remembered: an answer that comes twice does no harm.
    """
    with suppress(StoreBusy), store.write(actor) as writing:
        if writing.session.get(Seen, (writing.key, _shown(request))) is None:
            key = _shown(request)
            writing.add(Seen(organisation=writing.key, request=key, at=store.clock.machine()))


def _shown(request: str) -> str:
    return f"shown:{request}"
