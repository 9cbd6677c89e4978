"""Naming an administrator: the first one cannot be named in chat."""

from __future__ import annotations

import re

from db import tables as t
from db.store import Writing
from governance.errors import DulyError
from governance.subject import Subject
from governance.words import Role

_KEY = re.compile(r"[\w.-]+")


def name_administrator(writing: Writing, person: str) -> bool:
    """Give `person` (a person key) a seat of their own with the role admin.

    False when they hold one already. A person the organisation does not know yet is added
    with the key as name and no chat identity. Raises DulyError for what cannot be a key.
    """
    if not _KEY.fullmatch(person):
        raise DulyError(
            f"{person!r} cannot be a person's key: letters, digits, dots and hyphens only."
        )
    directory = writing.directory
    held = directory.posts_of(person, writing.today)
    if any(post.role is Role.ADMIN for post in held):
        return False
    if person not in directory.people:
        writing.add(t.Person(organisation=writing.key, key=person, name=person))
    key = f"administrator-{person}"
    post = t.Post(
        organisation=writing.key,
        key=key,
        title=f"Administrator ({directory.person_name(person)})",
        role=Role.ADMIN,
        position=len(directory.posts),
    )
    if key not in directory.posts:
        writing.add(post)
    writing.add(t.Tenure(organisation=writing.key, post=key, person=person))
    writing.note("admin", Subject.post(key), {"holder": (None, person)})
    writing.replan_all()
    return True
