"""A small force in plain values, for tests of the pure rules. Everybody in it is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from governance.directory import Board, Cadence, Directory, Person, Post, Tenure
from governance.reminders import Row, Schedule, Snapshot, SubjectState, next_moment, rows_at
from governance.states import RecommendationState
from governance.words import Kind, Progress, Role

ZONE = ZoneInfo("Europe/London")


def at(*parts: int) -> datetime:
    """A local moment in London."""
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


START = at(2023, 1, 3, 9)
END = at(2023, 12, 31)


def post(key: str, role: Role, holder: str | None, deputy: str | None = None) -> Post:
    return Post(key, key.upper(), role, (Tenure(holder),) if holder else (), deputy)


PIB = Board(
    key="pib",
    name="People Intelligence Board",
    chair="dcc",
    secretary="secretary",
    channel="#pib",
    cadence=Cadence(datetime(2023, 1, 11, 10), "FREQ=WEEKLY;INTERVAL=4"),
    applied_at=START,
)
GB = Board(
    key="gb",
    name="Governance Board",
    chair="superintendent",
    secretary="secretary",
    channel="#gb",
    cadence=Cadence(datetime(2023, 1, 3, 14), "FREQ=MONTHLY;BYDAY=1TU"),
    applied_at=START,
)
POSTS = (
    post("dcc", Role.CHAIR, "sam"),
    post("superintendent", Role.LEAD, "alex", "noor"),
    post("dci", Role.OWNER, "jane", "priya"),
    post("manager", Role.OWNER, "kit"),
    post("secretary", Role.SECRETARY, "lee", "max"),
)


def force(**changes: Any) -> Directory:
    """The force, with some fields changed."""
    people = ("sam", "alex", "noor", "jane", "priya", "kit", "lee", "max")
    plain = Directory(
        force_key="sample",
        force_name="Sample Police",
        zone=ZONE,
        nation="GB-ENG",
        applied_at=START,
        default_board="pib",
        boards={"pib": PIB, "gb": GB},
        posts={p.key: p for p in POSTS},
        people={p: Person(p, p.title()) for p in people},
    )
    return replace(plain, **changes)


def recommendation(**changes: Any) -> RecommendationState:
    """An open recommendation due on 30 April 2023, owned by the DCI, with some fields changed."""
    plain = RecommendationState(
        id=1,
        ref="24087",
        kind=Kind.RECOMMENDATION,
        number="16",
        report_id=1,
        owner="dci",
        board=None,
        progress=Progress.NOT_STARTED,
        closure=None,
        deadline=date(2023, 4, 30),
        deadline_version=0,
        deadline_set_at=START,
        imported_at=START,
        last_update_at=None,
    )
    return replace(plain, **changes)


def walk(
    directory: Directory,
    subject: SubjectState,
    listed: tuple[RecommendationState, ...] = (),
    *,
    after: datetime = START,
    until: datetime = END,
) -> list[Row]:
    """Every row about a subject after a moment, in order."""
    found: list[Row] = []
    moment = next_moment(Schedule(directory, subject), after)
    while moment is not None and moment <= until:
        found += rows_at(moment, Snapshot(directory, subject, listed))
        moment = next_moment(Schedule(directory, subject), moment)
    return found
