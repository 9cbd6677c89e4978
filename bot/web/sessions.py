"""Browser sessions: the persona, what has been read, and the form that is open.

Kept in the process, since the page is the chat platform of the demonstration; what matters is in
the store. After a restart a new session takes the old one's place.
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
    """A form on screen, with the conversation and entry it came from, and what has been typed."""

    form: Form
    path: str
    """The conversation's."""
    entry: int | None = None
    sentence: str = ""
    """The error of the last attempt."""
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Notice:
    """One sentence at the top of the page, shown once."""

    text: str
    ok: bool = True
    conversations: tuple[tuple[str, str, int], ...] = ()
    """(path, name, number of messages that arrived there)"""


@dataclass
class Session:
    id: str
    token: str
    """CSRF token: a submission without it does nothing."""
    persona: str = LOCAL
    read: dict[str, int] = field(default_factory=dict)
    """The last message id read, by destination."""
    form: OpenForm | None = None
    notice: Notice | None = None
    draft: str = ""
    """The text in the input box, after something went wrong."""
    draft_moment: str = ""
    """The text in the clock's field, after something went wrong."""
    done: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def first_time(self, nonce: str) -> bool:
        """Note a submission; False for one that came already, by a double click or a reload."""
        if nonce in self.done:
            return False
        self.done[nonce] = None
        while len(self.done) > MOST_NONCES:
            self.done.popitem(last=False)
        return True


class Sessions:
    """The sessions of this process, the least recently seen forgotten first."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = Lock()

    def get(self, id: str | None) -> Session | None:
        with self._lock:
            session = self._sessions.get(id) if id else None
            if session is not None:
                self._sessions.move_to_end(session.id)
            return session

    def new(self) -> Session:
        session = Session(secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        with self._lock:
            self._sessions[session.id] = session
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return session

    def forget_store(self) -> None:
        """Forget what was read and open, since the store was rebuilt."""
        with self._lock:
            for session in self._sessions.values():
                session.read.clear()
                session.form = None
                session.draft = ""
