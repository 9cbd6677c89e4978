"""Idempotency keys: a request that is delivered again acts once.

The key of a request is its `id`. `Seen` has a row for each key that acted, written in the change's
own transaction, so that neither a process that dies nor a redelivery that comes at the same moment
can act twice. Beside it stands the reply, for the redelivery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError

from commands.request import Request
from db.errors import StoreBusy
from db.store import Actor, Reading, Store, Writing
from db.tables import Seen
from governance.errors import DulyError
from messages.reply import Reply


class AlreadyDone(DulyError):
    """The request with this key acted before."""

    def __init__(self) -> None:
        super().__init__("That was done already.")


def run_once(store: Store, request: Request, handle: Callable[[Store], Reply]) -> Reply:
    """The reply of `handle`, or the earlier one where the request's key acted before.

    `handle` makes its changes on the store that it is given, whose first transaction writes the
    key too, and is rolled back where the key is there already.
    """
    key = request.id
    if key is None:
        return handle(store)
    with store.read() as reading:
        acted = acted_at(reading, key) is not None
    if acted:
        return _earlier_reply(store, key)
    keyed = _KeyedStore(store, key)
    try:
        reply = handle(keyed)
    except AlreadyDone:
        return _earlier_reply(store, key)
    if keyed.acted:
        _keep_reply(store, request, reply)
    return reply


def acted_at(reading: Reading, key: str) -> datetime | None:
    """The moment at which the request with this key acted; None where it has not."""
    seen = reading.session.get(Seen, (reading.key, key))
    return seen.at if seen else None


def was_answered(store: Store, key: str) -> bool:
    """True where `note_answered` has the key, from this process or another."""
    with store.read() as reading:
        return acted_at(reading, _answered(key)) is not None


def note_answered(store: Store, key: str, actor: Actor) -> None:
    """Mark a request's answer as delivered, so that a redelivery does not deliver it again.

    When the store is busy it is not marked: an answer that comes twice does no harm.
    """
    with suppress(StoreBusy), store.write(actor) as writing:
        if acted_at(writing, _answered(key)) is None:
            writing.add(_row(writing, _answered(key)))


class _KeyedStore(Store):
    """A store whose first transaction writes the request's key, and fails where it is known."""

    def __init__(self, store: Store, key: str) -> None:
        self.__dict__.update(store.__dict__)
        self._key = key
        self.acted = False

    @contextmanager
    def write(self, actor: Actor, *, alone: bool = True) -> Iterator[Writing]:
        with super().write(actor, alone=alone) as writing:
            if not self.acted and acted_at(writing, self._key) is not None:
                raise AlreadyDone
            yield writing
            if not self.acted:
                self._write_key(writing)
        self.acted = True

    def _write_key(self, writing: Writing) -> None:
        try:
            writing.add(_row(writing, self._key))
        except IntegrityError:
            # on Postgres two deliveries may both have looked before either had written
            raise AlreadyDone from None


def _row(writing: Writing, key: str) -> Seen:
    return Seen(organisation=writing.key, request=key, at=writing.clock.machine())


def _answered(key: str) -> str:
    return f"shown:{key}"


def _keep_reply(store: Store, request: Request, reply: Reply) -> None:
    """Write the reply beside the key.

    When the store is busy it stays without: the change is made all the same, and must not be
    answered as if it were not.
    """
    with suppress(StoreBusy), store.write(request.actor) as writing:
        seen = writing.session.get_one(Seen, (writing.key, request.id))
        seen.reply = _replies().dump_python(reply, mode="json")
        writing.add(seen)


def _earlier_reply(store: Store, key: str) -> Reply:
    """The reply given before; a plain sentence where the process died before it was kept."""
    with store.read() as reading:
        seen = reading.session.get(Seen, (reading.key, key))
    if seen is None or not seen.reply:
        return Reply(AlreadyDone().sentence)
    return _replies().validate_python(seen.reply)


@cache
def _replies() -> TypeAdapter[Reply]:
    """Built at the first request that has an id; most never need it."""
    return TypeAdapter(Reply)
