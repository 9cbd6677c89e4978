"""Posts, their holders, people with their identities and absences: changed by an organisation
file, or for the first administrator on the command line."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlmodel import col

from db import tables as t
from db.organisation.snapshot import day, differences
from db.store import Reading, Writing
from governance.errors import DulyError
from governance.subject import Subject
from governance.words import Role

BUILT_IN_POST = "administrator"
BUILT_IN_PERSON = "local"
_PERSON_KEY = re.compile(r"[\w.-]+")


def apply_posts(
    writing: Writing, before: dict[str, Any], after: dict[str, Any], sentences: list[str]
) -> list[str]:
    """Bring posts and their holders to what the file says; gives the keys of those gone."""
    gone: list[str] = []
    for key, old, new in differences(before["posts"], after["posts"]):
        row = writing.session.get(t.Post, (writing.key, key))
        if new is None:
            if row is not None:
                _remove_post(writing, row)
            gone.append(key)
            sentences.append(f"Post {key} is gone.")
            continue
        seat = {name: value for name, value in new.items() if name != "holders"}
        if row is None:
            writing.add(t.Post(organisation=writing.key, key=key, **seat))
            changes = {name: (None, value) for name, value in new.items()}
            writing.note("apply", Subject.post(key), changes)
            sentences.append(f"Post {key}, {new['title']}, added.")
            _set_holders(writing, key, new["holders"])
            continue
        different = list(differences(old or {}, new))
        fields = {name: value for name, _, value in different if name != "holders"}
        extra = {name: (was, value) for name, was, value in different if name == "holders"}
        writing.change(row, "apply", fields, replan=False, extra=extra or None)
        if extra:
            _set_holders(writing, key, new["holders"])
        sentences.append(f"Post {key}: {', '.join([*fields, *extra])} changed.")
    return gone


def apply_people(
    writing: Writing, before: dict[str, Any], after: dict[str, Any], sentences: list[str]
) -> None:
    """Bring people, their identities and absences to what the file says. An absence told in chat
    stays."""
    for key, old, new in differences(before["people"], after["people"]):
        row = writing.session.get(t.Person, (writing.key, key))
        if new is None:
            if row is not None and not _is_needed(writing, key):
                writing.note("apply", Subject.person(key), {"name": (row.name, None)})
                for platform in old or {}:
                    set_identity(writing, key, platform, None)
                writing.delete(row)
                sentences.append(f"{key} is gone.")
        elif row is None:
            writing.add(t.Person(organisation=writing.key, key=key, name=new["name"]))
            _set_identities(writing, key, new)
            writing.note(
                "apply", Subject.person(key), {name: (None, v) for name, v in new.items() if v}
            )
            name = new["name"]
            sentences.append(f"{key} added." if name == key else f"{name} ({key}) added.")
        else:
            fields = {name: value for name, _, value in differences(old or {}, new)}
            name = {"name": fields["name"]} if "name" in fields else {}
            identities = _set_identities(writing, key, fields)
            writing.change(row, "apply", name, replan=False, extra=identities)
            sentences.append(f"{key}: {', '.join(fields)} changed.")
    for key in dict.fromkeys([*before["away"], *after["away"]]):
        _apply_absences(
            writing, key, before["away"].get(key, {}), after["away"].get(key, {}), sentences
        )


def absences_of(reading: Reading, person: str) -> list[t.Absence]:
    """A person's absences, the earliest first."""
    statement = reading.select(t.Absence).where(t.Absence.person == person)
    return reading.all(statement.order_by(col(t.Absence.starts)))


def find_absence(reading: Reading, person: str, starts: date, ends: date) -> t.Absence | None:
    """A person's absence from one day to another, both included."""
    statement = reading.select(t.Absence).where(
        t.Absence.person == person, t.Absence.starts == starts, t.Absence.ends == ends
    )
    return reading.first(statement)


def set_identity(writing: Writing, person: str, platform: str, id: str | None) -> str | None:
    """Set a person's id on a platform, or with None take it away; gives the one before."""
    row = writing.session.get(t.Identity, (writing.key, person, platform))
    before = row.platform_id if row is not None else None
    if id is None:
        if row is not None:
            writing.delete(row)
        return before
    row = row or t.Identity(
        organisation=writing.key, person=person, platform=platform, platform_id=id
    )
    row.platform_id = id
    writing.add(row)
    return before


def _set_identities(
    writing: Writing, person: str, fields: dict[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Set what `fields` of a person say beside the name; gives what that changed."""
    changes = {
        platform: (set_identity(writing, person, platform, id), id)
        for platform, id in fields.items()
        if platform != "name"
    }
    return {platform: change for platform, change in changes.items() if change[0] != change[1]}


def name_administrator(writing: Writing, person: str) -> bool:
    """Give `person` (a person key) a post of their own with the role admin.

    False when they hold one already. A person the organisation does not know yet is added
    with the key as name and no chat identity. Raises DulyError for what cannot be a key.
    """
    if not _PERSON_KEY.fullmatch(person):
        raise DulyError(
            f"{person!r} cannot be a person's key: letters, digits, dots and hyphens only."
        )
    directory = writing.directory
    posts = directory.posts_of(person, writing.today)
    if any(post.role is Role.ADMIN for post in posts):
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


def remove_builtin(writing: Writing, after: dict[str, Any]) -> list[str]:
    """The built-in administrator's post goes, unless somebody was put into it.

    The person stays: whoever sits at the machine acts under that name, before and after.
    """
    row = writing.session.get(t.Post, (writing.key, BUILT_IN_POST))
    if row is None or BUILT_IN_POST in after["posts"]:
        return []
    tenures = writing.all(writing.select(t.Tenure).where(t.Tenure.post == BUILT_IN_POST))
    if any(tenure.person != BUILT_IN_PERSON for tenure in tenures) or row.deputy:
        for tenure in tenures:
            if tenure.person == BUILT_IN_PERSON:
                writing.delete(tenure)
        return []
    _remove_post(writing, row)
    return [BUILT_IN_POST]


def _remove_post(writing: Writing, row: t.Post) -> None:
    writing.note("apply", Subject.post(row.key), {"title": (row.title, None)})
    _set_holders(writing, row.key, [])
    writing.delete(row)


def _set_holders(writing: Writing, post: str, holders: list[list[str | None]]) -> None:
    for tenure in writing.all(writing.select(t.Tenure).where(t.Tenure.post == post)):
        writing.delete(tenure)
    for place, (person, start, end) in enumerate(holders):
        assert person is not None
        writing.add(
            t.Tenure(
                organisation=writing.key,
                post=post,
                person=person,
                starts=day(start),
                ends=day(end),
                position=place,
            )
        )


def _is_needed(writing: Writing, person: str) -> bool:
    """True where a post that the file does not know (an administrator's) still names them."""
    held = writing.first(writing.select(t.Tenure).where(t.Tenure.person == person))
    deputy = writing.first(writing.select(t.Post).where(t.Post.deputy == person))
    return held is not None or deputy is not None or person == BUILT_IN_PERSON


def _apply_absences(
    writing: Writing, person: str, old: dict[str, Any], new: dict[str, Any], sentences: list[str]
) -> None:
    changes: dict[str, tuple[Any, Any]] = {}
    for written, _, wanted in differences(old, new):
        starts, ends = (day(iso) for iso in wanted or old[written])
        assert starts is not None
        assert ends is not None
        known = find_absence(writing, person, starts, ends)
        if wanted is None and known is not None and known.source == "file":
            writing.delete(known)
            changes[f"away {written}"] = (True, False)
            sentences.append(f"{person} is not away {written} any more.")
        elif wanted is not None and known is None:
            writing.add(
                t.Absence(organisation=writing.key, person=person, starts=starts, ends=ends)
            )
            changes[f"away {written}"] = (False, True)
            sentences.append(f"{person} is away {written}.")
    if changes:
        writing.note("apply", Subject.person(person), changes)
