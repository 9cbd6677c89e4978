"""Who is meant: a person who speaks, or a post or person named as owner."""

from __future__ import annotations

import re
from datetime import date

from db.store import Reading
from governance.directory import Directory, Post
from governance.errors import DulyError
from governance.rights import LOCAL_ADMINISTRATOR
from messages.reply import Option

_WORD = re.compile(r"\w+")


class SeveralOfThatName(DulyError):
    """A name that does not say who is meant; the sentence has the keys."""


def known_people(directory: Directory) -> dict[str, str]:
    """Every person key the organisation names, with the person's name (the key without one)."""
    keys = dict.fromkeys(directory.people)
    for post in directory.posts.values():
        keys |= dict.fromkeys(t.person for t in post.tenures)
        if post.deputy:
            keys[post.deputy] = None
    return {key: directory.person_name(key) for key in keys}


def resolve(reading: Reading, said: str) -> str:
    """The person key that `said` names: a key, or a whole name, in any case, with or without @.

    For faces that take people's word for who they are (the command line); never for a display
    name that comes from a chat platform. Somebody the organisation does not know is a member of
    the force with no post: a viewer. Raises SeveralOfThatName.
    """
    name = " ".join(said.strip().lstrip("@").split()).casefold()
    people = known_people(reading.directory)
    for key in people:
        if key.casefold() == name:
            return key
    if name == LOCAL_ADMINISTRATOR:
        return LOCAL_ADMINISTRATOR
    named = [key for key, full in people.items() if full.casefold() == name]
    if len(named) == 1:
        return named[0]
    if named:
        raise SeveralOfThatName(f"There are several of that name; say one of: {', '.join(named)}.")
    return said.strip().lstrip("@")


def who_may_own(reading: Reading, said: str) -> list[Option]:
    """The posts and people that what was typed so far may mean, for a field that completes it.

    Posts come first, then whoever holds one today, by the name under which `assign` knows them;
    with nothing typed all of them. Case never matters, and each word may begin any word.
    """
    directory, today = reading.directory, reading.today
    wanted = _WORD.findall(said.casefold())
    found = [
        Option(post.key, _with_holder(directory, post, today)) for post in directory.posts.values()
    ]
    held = {holder for p in directory.posts.values() if (holder := p.holder(today))}
    people = known_people(directory)
    found += [
        Option(key, f"{name} ({', '.join(_titles(directory, key, today))})")
        for key, name in people.items()
        if key in held and key not in directory.posts
    ]
    return [each for each in found if _begins(f"{each.label} {each.value}", wanted)]


def _with_holder(directory: Directory, post: Post, today: date) -> str:
    holder = post.holder(today)
    return f"{post.title} ({directory.person_name(holder) if holder else 'vacant'})"


def _titles(directory: Directory, person: str, today: date) -> list[str]:
    return [p.title for p in directory.posts.values() if p.holder(today) == person]


def _begins(text: str, wanted: list[str]) -> bool:
    here = _WORD.findall(text.casefold())
    return all(any(word.startswith(said) for word in here) for said in wanted)
