"""Factories of what tests begin with: a force, its people, boards, reports and recommendations.

First as plain values, for the pure rules; then as rows in a store. Everybody in here is invented.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from db import tables as t
from db.clock import PretendedClock
from db.schedule import subject_of, turn_back
from db.store import Actor, Store, Writing
from documents.organisation import read_organisation
from governance.directory import Board, Cadence, Directory, Person, Post, Tenure
from governance.identity import force_key, text_key, title_key
from governance.states import RecommendationState
from governance.subject import Subject
from governance.words import Kind, Progress, Role
from scheduler.applying import apply_from_now
from scheduler.ticking import run_to
from tests.support.kept import kept

LONDON = ZoneInfo("Europe/London")
TEST = Actor("local", "test")
DUE = date(2023, 4, 30)
"""The deadline of a recommendation for which a test names no other."""
TITLE = "An inspection of vetting in the police service"


def at(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    """A local moment in London."""
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON)


START = at(2023, 1, 3, 9)
"""Clock of most tests: Tuesday 3 January 2023."""


# Plain values


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


def make_directory(**changes: Any) -> Directory:
    """The directory of a small force, with some fields changed."""
    people = ("sam", "alex", "noor", "jane", "priya", "kit", "lee", "max")
    plain = Directory(
        force_key="sample",
        force_name="Sample Police",
        zone=LONDON,
        nation="GB-ENG",
        applied_at=START,
        default_board="pib",
        boards={"pib": PIB, "gb": GB},
        posts={p.key: p for p in POSTS},
        people={p: Person(p, p.title()) for p in people},
    )
    return replace(plain, **changes)


def make_recommendation(**changes: Any) -> RecommendationState:
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
        deadline=DUE,
        deadline_version=0,
        deadline_set_at=START,
        imported_at=START,
        last_update_at=None,
    )
    return replace(plain, **changes)


# An organisation in a store

FORCE = """
force: {key: sample, name: Sample Police, timezone: Europe/London, holidays: GB-ENG}
boards:
  - {key: pib, name: People Intelligence Board, chair: dcc, secretary: secretary,
     channel: "#pib", cadence: {every: 4 weeks, first: 2023-01-11T10:00}}
  - {key: gb, name: Governance Board, chair: superintendent, secretary: secretary,
     channel: "#gb", cadence: {rule: "FREQ=MONTHLY;BYDAY=1TU", first: 2023-01-03T14:00}}
default_board: pib
posts:
  - {key: dcc, title: Deputy Chief Constable, role: chair, holder: sam}
  - {key: superintendent, title: PSD Superintendent, role: lead, holder: alex, deputy: noor}
  - {key: dci, title: ACU DCI, role: owner, holder: jane, deputy: priya}
  - {key: manager, title: Vetting Manager, role: owner, holder: kit}
  - {key: secretary, title: Board Secretary, role: secretary, holder: lee}
people:
  - {key: jane, name: Jane Doe}
"""
"""The organisation file of the same force."""


def apply(store: Store, text: str = FORCE) -> None:
    """Apply an organisation file to the store."""
    with store.write(TEST) as writing:
        apply_from_now(writing, read_organisation(text, "organisation.yaml"))


NAMES = {
    "sam": "Sam Field",
    "alex": "Alex Moor",
    "jane": "Jane Doe",
    "priya": "Priya Shaw",
    "kit": "Kit Barrow",
    "lee": "Lee Marsh",
    "uma": "Uma Dale",
    "ned": "Ned Idle",
}
NAMED_POSTS = (
    ("dcc", "Deputy Chief Constable", "chair", "sam", None),
    ("psd-superintendent", "PSD Superintendent", "lead", "alex", None),
    ("acu-dci", "ACU DCI", "owner", "jane", "priya"),
    ("vetting-manager", "Vetting Manager", "owner", "kit", None),
    ("training-lead", "Training Lead", "owner", "kit", None),
    ("board-secretary", "Board Secretary", "secretary", "lee", None),
    ("pcc-office", "Office of the PCC", "pcc", "uma", None),
)
NAMED_BOARDS = (
    ("pib", "People Intelligence Board", "dcc", "2023-01-11T10:00", "FREQ=WEEKLY;INTERVAL=4", 90),
    ("gb", "Governance Board", "psd-superintendent", "2023-01-03T14:00",
     "FREQ=MONTHLY;BYDAY=1TU", 120),
)  # fmt: skip


def leave_posts(store: Store, person: str) -> None:
    """Let a person hold no post any more."""
    with store.write(TEST) as writing:
        for tenure in writing.all(writing.select(t.Tenure).where(t.Tenure.person == person)):
            writing.delete(tenure)
        writing.replan_all()


@kept
def create_force(store: Store, *, boards: bool = True) -> None:
    """Put a force whose people have full names, and its boards, into the store as rows."""
    with store.write(TEST) as writing:
        key = writing.key
        for place, (post, title, role, holder, deputy) in enumerate(NAMED_POSTS, start=1):
            writing.add(
                t.Post(
                    organisation=key, key=post, title=title, role=role, deputy=deputy,
                    position=place,
                )
            )  # fmt: skip
            writing.add(t.Tenure(organisation=key, post=post, person=holder))
        for person, name in NAMES.items():
            writing.add(t.Person(organisation=key, key=person, name=name))
        writing.organisation.applied_at = writing.now
        if boards:
            for place, (board, name, chair, first, rule, minutes) in enumerate(NAMED_BOARDS):
                writing.add(
                    t.Board(
                        organisation=key, key=board, name=name, chair=chair,
                        secretary="board-secretary", channel=f"#{board}", first=first, rule=rule,
                        minutes=minutes, applied_at=writing.now, position=place,
                    )
                )  # fmt: skip
            writing.organisation.default_board = "pib"
        writing.session.add(writing.organisation)
        writing.session.flush()
        writing.replan_all()


def force_file(people: str) -> str:
    """The organisation file of the force with these lines of people."""
    return FORCE[: FORCE.index("people:")] + people.lstrip()


def create_running_force(
    store: Store, moment: datetime, people: str | None = None, **fields: Any
) -> None:
    """Put the force with recommendation 24087 into the store, ticked until `moment`."""
    _running_force(store, moment, people, **fields)
    set_clock(store, moment)


@kept
def _running_force(store: Store, moment: datetime, people: str | None, **fields: Any) -> None:
    apply(store, FORCE if people is None else force_file(people))
    add_recommendation(store, "24087", add_report(store), **fields)
    run_to(store, moment)


def create_organisation(store: Store, key: str) -> Store:
    """An organisation beside the first, with nothing in it yet; the store as it sees it."""
    with store.write(TEST) as writing:
        row = t.Organisation(key=key, name=key.title(), created_at=writing.clock.machine())
        writing.session.add(row)
        writing.session.flush()
        assert row.id is not None
        writing.add(
            t.Schedule(organisation=row.id, subject="organisation", planned_through=writing.now)
        )
    return store.of(key)


# Reports and recommendations in a store


def a_report(
    writing: Writing, title: str = TITLE, force: str = "Sample", **fields: Any
) -> t.Report:
    """The row of a report, added in this transaction."""
    row = {
        "title_key": title_key(title),
        "force_key": force_key(force),
        "imported_at": writing.now,
        **fields,
    }
    return writing.add(t.Report(organisation=writing.key, title=title, force=force, **row))


def a_recommendation(writing: Writing, report: t.Report | int, **fields: Any) -> t.Recommendation:
    """The row of a recommendation that nobody owns, added in this transaction.

    Its deadline is the original one as well.
    """
    number = fields.get("number", "16")
    text = fields.get("text", f"Chief constables should carry out check {number}.")
    deadline = fields.get("deadline")
    row = {
        "report_id": report if isinstance(report, int) else report.id,
        "kind": "recommendation",
        "number": number,
        "text": text,
        "text_key": text_key(text),
        "original_deadline": deadline,
        "deadline_kind": "by_date" if deadline else "none",
        "imported_at": writing.now,
        "updated_at": writing.now,
        **fields,
    }
    return writing.add(t.Recommendation(organisation=writing.key, **row))


def add_report(store: Store, title: str = TITLE, force: str = "Sample", **fields: Any) -> int:
    """A report in the store, which is about from now on; gives its id."""
    with store.write(TEST) as writing:
        row = a_report(writing, title, force, **fields)
        turn_back(writing.session, writing.key, writing.now, None)
        writing.replan_all()
        assert row.id is not None
        return row.id


def add_recommendation(store: Store, ref: str, report: int, **fields: Any) -> int:
    """A recommendation that the DCI has owned all along, due on 30 April 2023; gives its id.

    Nothing is written in its history, and nobody is told of it.
    """
    with store.write(TEST) as writing:
        text = f"Do {ref}."
        row = {
            "ref": ref,
            "number": ref,
            "text": text,
            "deadline": DUE,
            "deadline_set_at": writing.now,
            "owner": "dci",
            **fields,
        }
        added = a_recommendation(writing, report, **row)
        writing.replan(subject_of(added))
        assert added.id is not None
        return added.id


def import_recommendation(
    store: Store, report: int, number: int, ref: str | None = None, **fields: Any
) -> int:
    """A recommendation that is imported now, due on 30 April 2023, of which the import says
    `fields`; gives its id."""
    due = fields.pop("deadline", DUE)
    with store.write(TEST) as writing:
        row = a_recommendation(writing, report, ref=ref, number=str(number), deadline=due)
        writing.change(row, "import", fields, note="" if fields else "imported")
        assert row.id is not None
        return row.id


@kept
def create_house(store: Store) -> None:
    """Put the force's own report (with references) and another force's (without) into the store.

    #24044, #24087 and #24130 are recommendations 15 to 17 of Sample, #24173 its AFI 1; Other
    has 15, 16 and 17. #24044 is the ACU DCI's, #24130 the Vetting Manager's, on the gb board.
    """
    create_force(store)
    own = add_report(store, force="Sample Constabulary")
    other = add_report(store, force="Other & Neighbour")
    import_recommendation(store, own, 15, "24044", owner="acu-dci")
    import_recommendation(
        store, own, 16, "24087", deadline=date(2023, 12, 31), points=["be quick;", "be right."]
    )
    import_recommendation(store, own, 17, "24130", owner="vetting-manager", board="gb")
    import_recommendation(store, own, 1, "24173", kind="afi", deadline=None)
    for number in (15, 16, 17):
        import_recommendation(store, other, number)


def change(store: Store, id: int, **fields: Any) -> None:
    """Change a recommendation's fields, as an update does."""
    with store.write(TEST) as writing:
        writing.change(writing.recommendation(id), "update", fields)


def add_message(store: Store, key: str, destination: str = "jane", **fields: Any) -> int:
    """A message that was just gathered and waits for its delivery; gives its id."""
    with store.write(TEST) as writing:
        row = {
            "kind": "notice",
            "text": f"About {key}.",
            "gathered_at": writing.now,
            "day": writing.today,
            "person": None if destination.startswith("#") else destination,
            **fields,
        }
        message = writing.add(
            t.Message(organisation=writing.key, key=key, destination=destination, **row)
        )
        assert message.id is not None
        return message.id


# What stands in a store


def rec(store: Store, ref: str) -> t.Recommendation:
    """The row of a recommendation."""
    with store.read() as reading:
        row = reading.first(reading.select(t.Recommendation).where(t.Recommendation.ref == ref))
        assert row is not None
        return row


def history(store: Store, ref: str) -> list[t.History]:
    """The history of a recommendation, oldest first."""
    return history_of(store, Subject.recommendation(rec(store, ref).id))


def history_of(store: Store, subject: Subject) -> list[t.History]:
    """The history of one subject, oldest first."""
    with store.read() as reading:
        rows = reading.all(reading.select(t.History).where(t.History.subject == subject))
        return sorted(rows, key=lambda row: row.seq)


def updates(store: Store) -> list[t.Update]:
    """Every update, oldest first; one that was undone as well."""
    with store.read() as reading:
        return sorted(reading.all(reading.select(t.Update)), key=lambda row: row.id or 0)


def update_texts(store: Store) -> list[str]:
    """The words of every update that stands."""
    return [row.text for row in updates(store) if not row.undone]


def ledger(store: Store) -> list[t.Reminder]:
    """Every reminder, in the order in which they fall due."""
    with store.read() as reading:
        rows = reading.all(reading.select(t.Reminder))
        return sorted(rows, key=lambda row: (row.at, row.rule, row.recipient))


def message(store: Store, key: str) -> t.Message:
    """The row of a message."""
    with store.read() as reading:
        row = reading.first(reading.select(t.Message).where(t.Message.key == key))
        assert row is not None
        return row


def messages(store: Store) -> list[t.Message]:
    """Every message, in the order in which they were gathered."""
    with store.read() as reading:
        return sorted(reading.all(reading.select(t.Message)), key=lambda row: row.id or 0)


def set_clock(store: Store, moment: datetime) -> None:
    assert isinstance(store.clock, PretendedClock)
    store.clock.set(moment)
