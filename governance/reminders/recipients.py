"""Recipients of a reminder on a day: none is lost because somebody is away or a post is vacant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from governance.directory import Board, Directory
from governance.words import Role


def recipient(
    directory: Directory, post: str | None, board: Board | None, day: date
) -> tuple[str, str | None]:
    """The post that receives it and the person who does, on a local day.

    Holder, deputy, the lead, the lead's deputy, the secretary of `board`, the secretary's deputy;
    whoever is away or does not exist is passed over. If all are away, the secretary's holder all
    the same. With nobody left, the first administrator, then anybody who holds a post.
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
