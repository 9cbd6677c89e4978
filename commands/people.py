"""Who is meant: a person who speaks, or a post or person named as owner."""

from __future__ import annotations

from db.store import Reading
from governance.directory import Directory
from governance.errors import DulyError
from governance.rights import LOCAL_ADMINISTRATOR


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
