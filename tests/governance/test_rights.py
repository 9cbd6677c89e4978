"""Rights on two boards, the PIB by default; the superintendent chairs the GB."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from governance.directory import Board, Cadence, Directory, Person, Post, Tenure
from governance.rights import NotAllowed, Right, allowed, check, roles
from governance.words import Progress, Role
from tests.factories import make_recommendation

DAY = date(2023, 5, 2)
SPOKEN_FOR = datetime(2023, 1, 3, 9, tzinfo=UTC)


def post(key: str, role: Role, holder: str, deputy: str | None = None) -> Post:
    return Post(key, key.upper(), role, (Tenure(holder),), deputy)


def board(key: str, chair: str, secretary: str) -> Board:
    return Board(key, key.upper(), chair, secretary, None, Cadence(datetime(2023, 1, 3, 10)))


POSTS = (
    post("dcc", Role.CHAIR, "sam"),
    post("superintendent", Role.LEAD, "alex"),
    post("acu-dci", Role.OWNER, "jane", deputy="priya"),
    Post(
        "vetting",
        "Vetting Manager",
        Role.OWNER,
        (Tenure("kit", end=date(2023, 6, 30)), Tenure("rowan", date(2023, 7, 1))),
    ),
    post("secretary", Role.SECRETARY, "lee"),
    post("clerk", Role.VIEWER, "robin"),
    post("pcc-office", Role.PCC, "pat"),
    post("it", Role.ADMIN, "max"),
)
DIRECTORY = Directory(
    force_key="northshire",
    force_name="Northshire Police",
    zone=ZoneInfo("Europe/London"),
    nation="GB-ENG",
    applied_at=SPOKEN_FOR,
    default_board="pib",
    boards={"pib": board("pib", "dcc", "secretary"), "gb": board("gb", "superintendent", "clerk")},
    posts={p.key: p for p in POSTS},
)
OWNED = make_recommendation(owner="acu-dci", progress=Progress.ON_TRACK, deadline=None)
ON_GB = replace(OWNED, board="gb")

LEAD_RIGHTS = {
    Right.LOOK_UP,
    Right.UPDATE,
    Right.ASK_EXTENSION,
    Right.EXTEND,
    Right.ASSIGN,
    Right.POSITION,
    Right.IMPORT,
}
SECRETARY_RIGHTS = {
    Right.LOOK_UP,
    Right.UPDATE,
    Right.POSITION,
    Right.MEETINGS,
    Right.REPORTS,
    Right.IMPORT,
}
MAY = {
    None: {Right.LOOK_UP},
    "a stranger": {Right.LOOK_UP},
    "robin": {Right.LOOK_UP},
    "kit": {Right.LOOK_UP},
    "jane": {Right.LOOK_UP, Right.UPDATE, Right.ASK_EXTENSION},
    "priya": {Right.LOOK_UP, Right.UPDATE, Right.ASK_EXTENSION},
    "alex": LEAD_RIGHTS,
    "lee": SECRETARY_RIGHTS,
    "sam": LEAD_RIGHTS | {Right.CLOSE, Right.REOPEN, Right.EXTEND_AGAIN},
    "pat": {Right.LOOK_UP, Right.REPORTS},
    "max": set(Right),
    "local": set(Right),
}


@pytest.mark.parametrize("person", MAY)
def test_each_role_may_do_what_it_is_for_and_no_more(person: str | None) -> None:
    may = {right for right in Right if allowed(DIRECTORY, person, DAY, right, OWNED)}
    assert may == MAY[person]


def test_a_board_makes_its_chair_and_secretary_for_its_own_recommendations_only() -> None:
    check(DIRECTORY, "alex", DAY, Right.CLOSE, ON_GB)
    check(DIRECTORY, "robin", DAY, Right.UPDATE, ON_GB)
    check(DIRECTORY, "robin", DAY, Right.MEETINGS, board="gb")
    for person, right in (("alex", Right.CLOSE), ("robin", Right.UPDATE)):
        with pytest.raises(NotAllowed):
            check(DIRECTORY, person, DAY, right, OWNED)
    with pytest.raises(NotAllowed):
        check(DIRECTORY, "robin", DAY, Right.MEETINGS, board="pib")


def test_the_roles_of_several_posts_add_up() -> None:
    both = replace(
        DIRECTORY, posts={**DIRECTORY.posts, "second": post("second", Role.PCC, "robin")}
    )
    assert roles(both, "robin", DAY) == {Role.VIEWER, Role.PCC}
    assert roles(both, "robin", DAY, "gb") == {Role.VIEWER, Role.PCC, Role.SECRETARY}


def test_a_post_that_changes_hands_takes_its_rights_along() -> None:
    vetting = replace(OWNED, owner="vetting")
    assert allowed(DIRECTORY, "kit", date(2023, 6, 30), Right.UPDATE, vetting)
    assert not allowed(DIRECTORY, "rowan", date(2023, 6, 30), Right.UPDATE, vetting)
    assert not allowed(DIRECTORY, "kit", date(2023, 7, 1), Right.UPDATE, vetting)
    assert allowed(DIRECTORY, "rowan", date(2023, 7, 1), Right.UPDATE, vetting)


def test_what_nobody_owns_is_nobodys_to_update_as_its_owner() -> None:
    assert not allowed(DIRECTORY, "jane", DAY, Right.UPDATE, replace(OWNED, owner=None))


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(NotAllowed, match=r"You may not close it; a chair may\."):
        check(DIRECTORY, "jane", DAY, Right.CLOSE, OWNED)


def test_the_local_administrator_is_none_where_the_file_gives_that_key_to_somebody() -> None:
    in_chat = replace(DIRECTORY, people={"local": Person("local", "Lo Cal", {"slack": "U01LOCAL"})})
    assert Role.ADMIN not in roles(in_chat, "local", DAY)
    posted = replace(DIRECTORY, posts={**DIRECTORY.posts, "p": post("p", Role.OWNER, "local")})
    assert roles(posted, "local", DAY) == {Role.VIEWER, Role.OWNER}
