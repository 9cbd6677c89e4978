"""Rights: the acts that a person's roles allow (DESIGN: the organisation file, rights).

Roles add up; posts carry them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from governance.directory import Directory
from governance.errors import DulyError
from governance.states import RecommendationState
from governance.words import Role

LOCAL_ADMINISTRATOR = "local"
"""Whoever sits at the machine and names nobody; unless the organisation file gives that key
to somebody else, by a post or a chat identity."""


class Right(StrEnum):
    """An act that can be allowed; each value finishes the sentence "You may not …"."""

    LOOK_UP = "look this up"
    UPDATE = "update it"
    ASK_EXTENSION = "ask for an extension"
    EXTEND = "extend the deadline"
    EXTEND_AGAIN = "extend the deadline a second time"
    ASSIGN = "assign an owner"
    POSITION = "set the inspectorate's position"
    CLOSE = "close it"
    REOPEN = "reopen it"
    MEETINGS = "move or cancel a meeting"
    REPORTS = "change a report's dates"
    IMPORT = "import a response record"


class NotAllowed(DulyError):
    """The person's roles do not allow it; the sentence says who may."""


_LEAD = frozenset(
    {
        Right.LOOK_UP,
        Right.UPDATE,
        Right.ASK_EXTENSION,
        Right.EXTEND,
        Right.ASSIGN,
        Right.POSITION,
        Right.IMPORT,
    }
)
_ROLE_RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.LOOK_UP}),
    Role.OWNER: frozenset({Right.LOOK_UP}),
    Role.LEAD: _LEAD,
    Role.SECRETARY: frozenset(
        {
            Right.LOOK_UP,
            Right.UPDATE,
            Right.POSITION,
            Right.MEETINGS,
            Right.REPORTS,
            Right.IMPORT,
        }
    ),
    Role.CHAIR: _LEAD | {Right.CLOSE, Right.REOPEN, Right.EXTEND_AGAIN},
    Role.PCC: frozenset({Right.LOOK_UP, Right.REPORTS}),
    Role.ADMIN: frozenset(Right),
}
_OWN = frozenset({Right.UPDATE, Right.ASK_EXTENSION})
"""Allowed to a post for the recommendations it owns, and for no others."""

_WHO = {
    Right.UPDATE: "its owner, a lead, the secretary or a chair",
    Right.ASK_EXTENSION: "its owner, a lead or a chair",
    Right.EXTEND: "a lead or a chair",
    Right.EXTEND_AGAIN: "a chair",
    Right.ASSIGN: "a lead or a chair",
    Right.POSITION: "a lead, the secretary or a chair",
    Right.CLOSE: "a chair",
    Right.REOPEN: "a chair",
    Right.MEETINGS: "the secretary",
    Right.REPORTS: "the secretary or the PCC's office",
    Right.IMPORT: "a lead, the secretary, a chair or an administrator",
}


def roles(
    directory: Directory, person: str | None, day: date, board: str | None = None
) -> frozenset[Role]:
    """The roles `person` has on the local date `day`, for what is before `board`.

    Those of every post they hold or deputise for; and chair or secretary where that board
    (the default board when None) names one of those posts so, whatever the post's own role.
    Everybody is a viewer; a person who is None, or has no post, is nothing else.
    """
    if person is None:
        return frozenset({Role.VIEWER})
    posts = directory.posts_of(person, day)
    own = {Role.VIEWER} | {post.role for post in posts}
    held = {post.key for post in posts}
    if (sitting := directory.board_of(board)) is not None:
        if sitting.chair in held:
            own.add(Role.CHAIR)
        if sitting.secretary in held:
            own.add(Role.SECRETARY)
    if _is_local_administrator(directory, person, held):
        own.add(Role.ADMIN)
    return frozenset(own)


def owns(directory: Directory, person: str | None, day: date, state: RecommendationState) -> bool:
    """Does `person`, as holder or deputy, act on `day` for the post that owns it?"""
    return person is not None and any(
        post.key == state.owner for post in directory.posts_of(person, day)
    )


def rights(
    directory: Directory,
    person: str | None,
    day: date,
    state: RecommendationState | None = None,
    board: str | None = None,
) -> frozenset[Right]:
    """All that `person` may do on `day` to `state`, or (None) to what is before `board`."""
    before = state.board if state is not None else board
    granted = {
        right for role in roles(directory, person, day, before) for right in _ROLE_RIGHTS[role]
    }
    if state is not None and owns(directory, person, day, state):
        granted |= _OWN
    return frozenset(granted)


def allowed(
    directory: Directory,
    person: str | None,
    day: date,
    right: Right,
    state: RecommendationState | None = None,
    board: str | None = None,
) -> bool:
    """As `check`, but answers instead of raising: for buttons that are shown or not."""
    return right in rights(directory, person, day, state, board)


def check(
    directory: Directory,
    person: str | None,
    day: date,
    right: Right,
    state: RecommendationState | None = None,
    board: str | None = None,
) -> None:
    """Refuse what `person` may not do on `day` to `state`, or (None) to what is before `board`.

    Raises NotAllowed, whose sentence names who may.
    """
    if allowed(directory, person, day, right, state, board):
        return
    who = _WHO.get(right, "an administrator")
    raise NotAllowed(f"You may not {right.value}; {who} may.")


def _is_local_administrator(directory: Directory, person: str, posts: set[str]) -> bool:
    described = directory.people.get(person)
    in_chat = described is not None and described.identities
    return person == LOCAL_ADMINISTRATOR and not posts and not in_chat
