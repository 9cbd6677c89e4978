"""What a verb's handler gets: the request, the store, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from commands.request import Request
from db.store import Actor, Store


@dataclass(frozen=True)
class Asked:
    """One request on its way to a handler.

    `rest` is the text after the verb, as typed; `verb` the spelling that was used; both empty
    for a form. The handler opens `store.read()` or `store.write(asked.actor)` itself, once.
    """

    request: Request
    store: Store
    verb: str = ""
    rest: str = ""

    @property
    def actor(self) -> Actor:
        return Actor(self.request.person or "a viewer", self.request.face)
