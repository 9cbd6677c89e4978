"""Who is looking: one browser's choice of persona, what it has read, and the form it has open.

Kept in the process, for the demonstration's page is the chat platform here; what matters is in
the store. A restart asks nobody to start again: a new session takes the old one's place.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from commands.request import LOCAL
from messages.reply import Form

MOST_SESSIONS = 200
MOST_NONCES = 200


@dataclass
class OpenForm:
    """A form on screen: which conversation and card it came from, and what has been typed."""

    form: Form
    room: str
    entry: int | None = None
    sentence: str = ""
    """What was wrong with the last attempt."""
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Notice:
    """One sentence at the top of the page, shown once."""

    text: str
    ok: bool = True
    rooms: tuple[tuple[str, str, int], ...] = ()
    """(room path, its name, how many messages arrived there)"""


@dataclass
class Session:
    id: str
    persona: str = LOCAL
    read: dict[str, int] = field(default_factory=dict)
    """The last message id read, by destination."""
    form: OpenForm | None = None
    notice: Notice | None = None
    draft: str = ""
    """What stands in the box to type in, after something went wrong."""
    draft_moment: str = ""
    """What stands in the clock's field, after something went wrong."""
    done: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def first_time(self, nonce: str) -> bool:
        """Whether this submission is new; a double click or a reload sends the same one twice."""
        if nonce in self.done:
            return False
        self.done[nonce] = None
        while len(self.done) > MOST_NONCES:
            self.done.popitem(last=False)
        return True


class Sessions:
    """The sessions of this process, the least recently seen forgotten first."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, Session] = OrderedDict()
        self._lock = Lock()

    def get(self, id: str | None) -> Session | None:
        with self._lock:
            found = self._found.get(id) if id else None
            if found is not None:
                self._found.move_to_end(found.id)
            return found

    def new(self) -> Session:
        session = Session(secrets.token_urlsafe(24))
        with self._lock:
            self._found[session.id] = session
            while len(self._found) > MOST_SESSIONS:
                self._found.popitem(last=False)
        return session

    def forget_store(self) -> None:
        """The store was rebuilt: nothing read, no form open."""
        with self._lock:
            for session in self._found.values():
                session.read.clear()
                session.form = None
                session.draft = ""
