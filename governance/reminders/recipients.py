"""Recipients of a reminder on a day: none is lost because somebody is away or a post is vacant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from governance.directory import Board, Directory
from governance.reminders.model import Addressee
from governance.words import Role


@dataclass(frozen=True)
class Share:
    """One recipient's part of a reminder: the post that receives it, the person who does, and the
    addressees that they stand for."""

    to: str
    person: str | None
    addressees: tuple[Addressee, ...]

    @property
    def items(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(id for one in self.addressees for id in one.items))


def shares(directory: Directory, addressees: Iterable[Addressee], day: date) -> list[Share]:
    """The recipients of a reminder on a day, each once, for all the addressees they stand for.

    Where several are one person, `to` is the post that comes first.
    """
    kept: dict[str, Share] = {}
    for addressee in addressees:
        board = directory.boards.get(addressee.board) if addressee.board else None
        to, person = recipient(directory, addressee.post, board, day)
        same = kept.get(person or to)
        before = same.addressees if same else ()
        kept[person or to] = Share(same.to if same else to, person, (*before, addressee))
    return list(kept.values())


def recipient(
    directory: Directory, post: str | None, board: Board | None, day: date
) -> tuple[str, str | None]:
    """The post that receives it and the person who does, on a local day.

    Holder, deputy, the lead, the lead's deputy, the secretary of `board`, the secretary's deputy;
    whoever is away or does not exist is passed over. If all are away, the secretary's holder all
    the same. With nobody left, the first administrator, then anybody who holds a post; where
    nobody holds one the person is None, and the reminder waits (see NOBODY in the scheduler).
    """
    secretary = secretary_of(directory, board)
    key = ("recipient", post, secretary, day)
    cached: tuple[str, str | None] | None = directory.worked_out.get(key)
    if cached is None:
        cached = directory.worked_out[key] = _recipient(directory, post, secretary, day)
    return cached


def _recipient(
    directory: Directory, post: str | None, secretary: str | None, day: date
) -> tuple[str, str | None]:
    lead = directory.first_post(Role.LEAD)
    chain = [post, lead.key if lead else None, secretary]
    for key in chain:
        for person in _hands(directory, key, day):
            if not _is_away(directory, person, day):
                return str(key), person
    if secretary and (holder := directory.holder(secretary, day)):
        return secretary, holder
    for fallen in _last_resorts(directory):
        if holder := directory.holder(fallen, day):
            return fallen, holder
    return next((k for k in chain if k), "administrator"), None


def secretary_of(directory: Directory, board: Board | None) -> str | None:
    """The secretary of a board, else of the default board, else the first post of that role."""
    for candidate in (board, directory.board_of(None)):
        if candidate and candidate.secretary:
            return candidate.secretary
    post = directory.first_post(Role.SECRETARY)
    return post.key if post else None


def _hands(directory: Directory, post: str | None, day: date) -> Iterator[str]:
    described = directory.posts.get(post) if post else None
    if described is None:
        return
    if holder := described.holder(day):
        yield holder
    if described.deputy:
        yield described.deputy


def _is_away(directory: Directory, person: str, day: date) -> bool:
    described = directory.people.get(person)
    return described is not None and described.is_away(day)


def _last_resorts(directory: Directory) -> Iterator[str]:
    admins = [p.key for p in directory.posts.values() if p.role is Role.ADMIN]
    yield from admins
    yield from (key for key in directory.posts if key not in admins)
