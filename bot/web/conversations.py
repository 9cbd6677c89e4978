"""The conversations on the left: one a board's channel, one a person's direct messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from commands.request import LOCAL
from governance.directory import Board, Directory

CHANNEL = "channel"
DIRECT = "direct"


@dataclass(frozen=True)
class Room:
    """One conversation. `destination` is what a message is sent to: a person key or "#channel"."""

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


def channels(directory: Directory) -> list[Room]:
    """One a channel: boards that share one share its conversation."""
    boards: dict[str, list[Board]] = {}
    for board in directory.boards.values():
        if board.channel:
            boards.setdefault(board.channel.removeprefix("#"), []).append(board)
    return [
        Room(CHANNEL, key, key, " and ".join(b.name for b in held), held[0].key)
        for key, held in boards.items()
    ]


def people(directory: Directory, today: date) -> list[Room]:
    """Everybody, in the order of the posts they hold, then deputies, then the administrator."""
    named = _people_keys(directory)
    posts = list(directory.posts.values())
    held = {post.holder(today): place for place, post in reversed(list(enumerate(posts)))}
    deputies = {post.deputy: place for place, post in reversed(list(enumerate(posts)))}
    rooms = [
        Room(DIRECT, key, directory.person_name(key), posts_said(directory, key, today))
        for key in named
        if key != LOCAL
    ]
    last = len(posts)
    rooms.sort(key=lambda r: (held.get(r.key, last), deputies.get(r.key, last), r.name))
    return [*rooms, Room(DIRECT, LOCAL, "Local administrator", "may do everything")]


def posts_said(directory: Directory, person: str, today: date) -> str:
    """The posts somebody may act for today, the deputy's told apart."""
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


def find(rooms: Iterable[Room], kind: str, key: str) -> Room | None:
    return next((room for room in rooms if room.kind == kind and room.key == key), None)
