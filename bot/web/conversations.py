"""Conversations on the page: a board's channel or direct messages, and their transcripts."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from threading import Lock
from urllib.parse import quote

from commands.request import LOCAL
from db.tables import Message
from governance.directory import Board, Directory
from messages.reply import Reply, Visibility

CHANNEL = "channel"
DIRECT = "direct"
KEPT_ENTRIES = 300
"""Entries kept in one conversation."""


@dataclass(frozen=True)
class Conversation:
    """One conversation. `destination` is where messages are sent: a person key or "#channel"."""

    kind: str
    key: str
    name: str
    about: str
    """A channel's board, a person's posts."""
    board: str | None = None

    @property
    def destination(self) -> str:
        return f"#{self.key}" if self.kind == CHANNEL else self.key

    @property
    def title(self) -> str:
        return self.destination if self.kind == CHANNEL else self.name

    @property
    def path(self) -> str:
        return f"/{self.kind}/{quote(self.key, safe='')}"

    @property
    def channel(self) -> str | None:
        return self.destination if self.kind == CHANNEL else None

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[0].isalnum()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if words[1:] else words)).upper()

    @property
    def hue(self) -> int:
        """One of eight avatar colours, the same for a person at every visit."""
        return sum(self.key.encode()) % 8


def channels(directory: Directory) -> list[Conversation]:
    """The channels, each once: boards that share one share its conversation."""
    boards: dict[str, list[Board]] = {}
    for board in directory.boards.values():
        if board.channel:
            boards.setdefault(board.channel.removeprefix("#"), []).append(board)
    return [
        Conversation(CHANNEL, key, key, " and ".join(b.name for b in sharing), sharing[0].key)
        for key, sharing in boards.items()
    ]


def people(directory: Directory, today: date) -> list[Conversation]:
    """Direct messages: post holders in the order of their posts, deputies, the administrator."""
    posts = list(directory.posts.values())
    holders = {post.holder(today): rank for rank, post in reversed(list(enumerate(posts)))}
    deputies = {post.deputy: rank for rank, post in reversed(list(enumerate(posts)))}
    members = [
        Conversation(DIRECT, key, directory.person_name(key), post_titles(directory, key, today))
        for key in _people_keys(directory)
        if key != LOCAL
    ]
    last = len(posts)
    members.sort(key=lambda c: (holders.get(c.key, last), deputies.get(c.key, last), c.name))
    return [*members, Conversation(DIRECT, LOCAL, "Local administrator", "may do everything")]


def post_titles(directory: Directory, person: str, today: date) -> str:
    """The titles of the posts somebody may act for today, a deputy's marked as such."""
    return ", ".join(
        post.title if post.holder(today) == person else f"deputy {post.title}"
        for post in directory.posts_of(person, today)
    )


def _people_keys(directory: Directory) -> Iterable[str]:
    keys = dict.fromkeys(directory.people)
    for post in directory.posts.values():
        keys.update(dict.fromkeys(tenure.person for tenure in post.tenures))
        if post.deputy:
            keys[post.deputy] = None
    return keys


def find(conversations: Iterable[Conversation], kind: str, key: str) -> Conversation | None:
    return next((c for c in conversations if (c.kind, c.key) == (kind, key)), None)


@dataclass
class TranscriptEntry:
    """A command and its reply; pressing a button may put a newer reply in its place."""

    id: int
    person: str
    text: str
    reply: Reply
    at: datetime
    """Field time."""
    after: int
    """The id of the last message of the scheduler's before it."""

    @property
    def private(self) -> bool:
        return self.reply.visibility is Visibility.PRIVATE


class Transcript:
    """The commands and replies of every conversation, by destination.

    Kept in the process, as a chat platform would keep them; what the scheduler sent is in the
    store.
    """

    def __init__(self) -> None:
        self._entries: dict[str, deque[TranscriptEntry]] = defaultdict(
            lambda: deque(maxlen=KEPT_ENTRIES)
        )
        self._ids = count(1)
        self._lock = Lock()

    def add(
        self, destination: str, person: str, text: str, reply: Reply, at: datetime, after: int
    ) -> TranscriptEntry:
        with self._lock:
            entry = TranscriptEntry(next(self._ids), person, text, reply, at, after)
            self._entries[destination].append(entry)
            return entry

    def find(self, destination: str, id: int | None) -> TranscriptEntry | None:
        with self._lock:
            return next((e for e in self._entries[destination] if e.id == id), None)

    def seen_by(self, destination: str, person: str) -> list[TranscriptEntry]:
        """The entries that somebody sees: a private reply in a channel is only for its asker."""
        with self._lock:
            entries = list(self._entries[destination])
        return [entry for entry in entries if entry.person == person or not entry.private]

    def forget(self) -> None:
        with self._lock:
            self._entries.clear()


def in_order(
    messages: Iterable[Message], entries: Iterable[TranscriptEntry]
) -> list[Message | TranscriptEntry]:
    """Messages and transcript merged: an entry stands after the last message it followed."""
    keyed: list[tuple[int, int, Message | TranscriptEntry]] = [(m.id or 0, 0, m) for m in messages]
    keyed += [(entry.after, entry.id, entry) for entry in entries]
    return [item for _, _, item in sorted(keyed, key=lambda one: one[:2])]


def replaces(old: Reply, new: Reply) -> bool:
    """True if a button's reply replaces the one it was pressed on.

    So it does for the new state of the same card, the next page of a list, and the outcome of a
    choice or confirmation; any other reply stands below.
    """
    if not new.ok:
        return False
    if not old.ok:
        return True
    cards = {card.title for card in old.cards}
    return bool(cards & {card.title for card in new.cards}) or bool(old.lines and new.lines)
