"""Applying an organisation file: what it changes, and what it leaves alone."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from db.audit.verify import audit
from db.backend import BATCH_SECONDS
from db.clock import PretendedClock, SystemClock
from db.organisation.apply import OtherOrganisation, apply_organisation
from db.organisation.people import name_administrator
from db.store import Actor, Store
from documents.organisation import read_organisation
from governance.directory import Absence
from governance.subject import ORGANISATION, Subject
from tests.factories import a_recommendation, a_report, history_of, rec
from tests.organisation.files import APPLY, BOARDS, FORCE, POSTS, WHOLE, apply, history_length

GOV = (
    "  - {key: gb, name: Gov, channel: gov, cadence: {every: 1 months, first: 2023-01-31T10:00}}\n"
)
TWO_BOARDS = FORCE + BOARDS + GOV + POSTS + "default_board: pib\n"


def one(store: Store, ref: str = "24087") -> None:
    """One recommendation with a reference, imported."""
    with store.write(Actor("import", "cli")) as writing:
        report = a_report(writing, "An inspection of vetting")
        row = a_recommendation(writing, report, number="16", ref=ref)
        writing.note("import", Subject.recommendation(row.id), {"ref": (None, ref)})


def test_the_first_file_replaces_the_built_in_organisation(store: Store) -> None:
    apply(store, WHOLE)
    with store.read() as reading:
        directory = reading.directory
        assert reading.organisation.key == "anyshire"
        assert directory.force_name == "Anyshire Police"
        assert list(directory.posts) == ["dcc", "lead", "dci", "vet", "sec"]
        assert directory.holder("dci", date(2023, 1, 3)) == "jane"
        assert directory.default_board == "pib"
        assert directory.applied_at == store.clock.now()
        assert directory.boards["pib"].applied_at == store.clock.now()


def test_the_first_file_takes_over_records_and_history(store: Store) -> None:
    one(store)
    apply(store, WHOLE)
    assert [row.action for row in history_of(store, Subject.recommendation(1))] == ["import"]
    with store.read() as reading:
        assert reading.recommendation(1).ref == "24087"


def test_what_the_built_in_administrator_owned_is_unowned_with_a_warning(store: Store) -> None:
    one(store)
    with store.write(Actor("local", "cli")) as writing:
        writing.change(writing.recommendation(1), "assign", {"owner": "administrator"})
    outcome = apply(store, WHOLE)
    assert rec(store, "24087").owner is None
    assert outcome.warnings == ["The post administrator is gone; nobody owns #24087 now."]


def test_an_administrator_who_was_named_before_the_first_file_stays_one(store: Store) -> None:
    with store.write(Actor("local", "cli")) as writing:
        assert name_administrator(writing, "jane")
    apply(store, WHOLE)
    apply(store, WHOLE.replace("ACU DCI", "Head of ACU"))
    with store.read() as reading:
        posts = list(reading.directory.posts)
    assert posts == ["dcc", "lead", "dci", "vet", "sec", "administrator-jane"]


def test_applying_sends_nobody_a_message(store: Store) -> None:
    one(store)
    apply(store, WHOLE + "owners: {24087: dci}\n")
    with store.read() as reading:
        assert reading.all(reading.select(t.Reminder)) == []
        assert reading.all(reading.select(t.Message)) == []


def test_a_file_of_another_force_is_refused_and_changes_nothing(store: Store) -> None:
    apply(store, WHOLE)
    before = history_length(store)
    with pytest.raises(OtherOrganisation, match="is the file of othershire, and this store is"):
        apply(store, WHOLE.replace("anyshire", "othershire"))
    assert history_length(store) == before


def test_applying_again_changes_nothing_and_tells_nothing(store: Store) -> None:
    one(store)
    text = WHOLE + "owners: {24087: dci, 24133: vet}\n"
    assert apply(store, text).changes
    before = history_length(store)
    again = apply(store, text)
    assert again.changes == again.warnings == []
    assert again.waiting == ["24133"]
    assert history_length(store) == before


def test_a_board_keeps_the_moment_it_was_first_applied(store: Store, clock: PretendedClock) -> None:
    first = clock.now()
    apply(store, WHOLE)
    clock.set(first + timedelta(days=30))
    text = TWO_BOARDS.replace("People Board", "Board of People")
    apply(store, text)
    with store.read() as reading:
        boards = reading.directory.boards
    assert boards["pib"].name == "Board of People"
    assert boards["pib"].applied_at == first
    assert boards["gb"].applied_at == first + timedelta(days=30)


def test_a_board_that_leaves_the_file_is_gone_with_its_meetings(store: Store) -> None:
    one(store)
    moved = GOV.replace("channel:", "cancelled: [2023-02-28T10:00], channel:")
    apply(store, TWO_BOARDS.replace(GOV, moved) + "board_of: {24087: gb}\n")
    apply(store, WHOLE)
    with store.read() as reading:
        assert list(reading.directory.boards) == ["pib"]
        assert reading.recommendation(1).board is None
        assert reading.all(reading.select(t.MeetingChange)) == []
        assert reading.session.get(t.Schedule, (reading.key, "board:gb")) is None


def test_each_board_is_given_a_next_moment(store: Store) -> None:
    apply(store, WHOLE)
    with store.read() as reading:
        row = reading.session.get(t.Schedule, (reading.key, "board:pib"))
        assert row is not None
        assert row.next_remind_at is not None
        assert row.next_remind_at > store.clock.now()


MOVED = (
    BOARDS + "    moved: {2023-02-08T10:00: 2023-02-09T10:00}\n    cancelled: [2023-03-08T10:00]\n"
)


def meetings(store: Store) -> dict[str, tuple[str | None, str]]:
    with store.read() as reading:
        rows = reading.all(reading.select(t.MeetingChange))
        return {
            row.original: (row.moved_to, row.source)
            for row in rows
            if row.moved_to != row.original  # put back
        }


def test_meetings_are_moved_and_cancelled_and_put_back(store: Store) -> None:
    apply(store, FORCE + MOVED + POSTS)
    assert meetings(store) == {
        "2023-02-08T10:00": ("2023-02-09T10:00", "file"),
        "2023-03-08T10:00": (None, "file"),
    }
    apply(store, WHOLE)
    assert meetings(store) == {}
    assert history_of(store, Subject.board("pib"))[-1].changes == {
        "meeting 2023-03-08T10:00": ["cancelled", None]
    }


def test_a_meeting_moved_in_chat_stands_until_the_file_says_otherwise(store: Store) -> None:
    apply(store, FORCE + MOVED + POSTS)
    with store.write(Actor("lee", "slack")) as writing:
        row = writing.session.get_one(t.MeetingChange, (writing.key, "pib", "2023-02-08T10:00"))
        writing.change(row, "meeting", {"moved_to": "2023-02-10T10:00", "source": "chat"})
    apply(store, FORCE + MOVED + POSTS.replace("ACU DCI", "Head of ACU"))
    assert meetings(store)["2023-02-08T10:00"] == ("2023-02-10T10:00", "chat")
    apply(store, FORCE + MOVED.replace("02-09", "02-13") + POSTS)
    assert meetings(store)["2023-02-08T10:00"] == ("2023-02-13T10:00", "file")


PEOPLE = "people: [{key: jane, name: Jane Doe, slack: U01JANE, away: [2023-08-01..2023-08-14]}]\n"


def away(store: Store, person: str) -> set[Absence]:
    with store.read() as reading:
        return set(reading.directory.people[person].away)


def test_an_absence_told_in_chat_stands_and_the_files_own_come_and_go(store: Store) -> None:
    summer = Absence(date(2023, 8, 1), date(2023, 8, 14))
    spring = Absence(date(2023, 4, 3), date(2023, 4, 6))
    apply(store, WHOLE + PEOPLE)
    assert away(store, "jane") == {summer}
    with store.write(Actor("jane", "slack")) as writing:
        writing.add(
            t.Absence(
                organisation=writing.key,
                person="jane",
                starts=spring.start,
                ends=spring.end,
                source="chat",
            )
        )
    apply(store, WHOLE + PEOPLE.replace("Doe", "Roe"))
    assert away(store, "jane") == {summer, spring}
    apply(store, WHOLE + PEOPLE.replace("2023-08-14", "2023-08-18"))
    assert away(store, "jane") == {Absence(date(2023, 8, 1), date(2023, 8, 18)), spring}
    apply(store, WHOLE)
    assert away(store, "jane") == {spring}


def test_an_absence_of_the_file_ended_in_chat_does_not_come_back(store: Store) -> None:
    apply(store, WHOLE + PEOPLE)
    with store.write(Actor("jane", "slack")) as writing:
        for row in writing.all(writing.select(t.Absence)):
            writing.delete(row)
    apply(store, WHOLE + PEOPLE.replace("Doe", "Roe"))
    assert away(store, "jane") == set()


def test_a_post_passes_to_the_next_person(store: Store) -> None:
    apply(store, WHOLE)
    apply(
        store,
        WHOLE.replace(
            "holder: kit",
            "holder: [{person: kit, to: 2023-06-30}, {person: rowan, from: 2023-07-01}]",
        ),
    )
    with store.read() as reading:
        vet = reading.directory.posts["vet"]
    assert vet.holder(date(2023, 6, 30)) == "kit"
    assert vet.holder(date(2023, 7, 1)) == "rowan"
    [_, change] = history_of(store, Subject.post("vet"))
    assert list(change.changes) == ["holders"]


def test_a_post_that_leaves_the_file_leaves_its_recommendations_unowned(store: Store) -> None:
    one(store)
    apply(store, WHOLE + "owners: {24087: vet}\n")
    fewer = "\n".join(line for line in WHOLE.splitlines() if "key: vet" not in line)
    outcome = apply(store, fewer + "\n")
    assert rec(store, "24087").owner is None
    with store.read() as reading:
        assert "vet" not in reading.directory.posts
        assert "kit" not in reading.directory.people
    assert "Post vet is gone." in outcome.changes


def test_posts_stand_in_the_order_of_the_newest_file(store: Store) -> None:
    apply(store, WHOLE)
    lines = POSTS.strip().splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])])
    apply(store, FORCE + BOARDS + turned)
    with store.read() as reading:
        assert list(reading.directory.posts) == ["sec", "vet", "dci", "lead", "dcc"]


def test_every_change_is_in_an_unbroken_history(store: Store) -> None:
    one(store)
    apply(store, WHOLE + PEOPLE + "owners: {24087: dci}\n")
    apply(store, TWO_BOARDS + "owners: {24087: vet}\ngo_live: 2023-02-01\n")
    [_, assigned, changed] = history_of(store, Subject.recommendation(1))
    assert assigned.changes == {"owner": [None, "dci"]}
    assert changed.changes == {"owner": ["dci", "vet"]}
    assert (changed.actor, changed.face, changed.action) == ("apply", "cli", "apply")
    organisation = history_of(store, ORGANISATION)[-1]
    assert organisation.changes["go_live"] == [None, "2023-02-01"]
    with store.read() as reading:
        assert audit(reading).ok


@pytest.mark.slow
def test_several_processes_may_apply_at_once(tmp_path: Path, clock: PretendedClock) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    Store(url, clock).prepare()
    file = read_organisation(WHOLE + PEOPLE, "organisation.yaml")
    done: list[int] = []

    def run() -> None:
        store = Store(url, clock)
        store.busy_timeout = BATCH_SECONDS
        with store.write(APPLY) as writing:
            done.append(len(apply_organisation(writing, file).changes))
        store.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done)[:2] == [0, 0]
    assert sorted(done)[2] > 0


def test_a_file_applied_today_joins_the_story_of_a_pretended_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/story.db"
    then = datetime(2023, 1, 3, 9, tzinfo=ZoneInfo("Europe/London"))
    one(Store(url, PretendedClock(then)))
    today = Store(url, SystemClock())
    apply(today, WHOLE)
    with today.read() as reading:
        assert reading.directory.boards["pib"].applied_at == then
        row = reading.session.get_one(t.Schedule, (reading.key, "board:pib"))
        assert row.next_remind_at is not None
        assert row.next_remind_at.year == 2023


def test_applying_marks_nothing_but_a_pretended_clock(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/real.db", SystemClock())
    apply(store, WHOLE)
    with store.read() as reading:
        assert reading.mark("kind") is None


POST_LINES = POSTS.strip().splitlines()[1:]


@pytest.mark.slow
@settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_file_applied_twice_changes_nothing_the_second_time(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, clock: PretendedClock
) -> None:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('twice')}/duly.db", clock)
    one(store)
    for _ in range(2):
        posts = data.draw(st.permutations(POST_LINES))[: data.draw(st.integers(0, 5))]
        keys = [line.split("key: ")[1].split(",")[0] for line in posts]
        owner = data.draw(st.sampled_from(keys)) if keys else None
        board = BOARDS.replace("    chair: dcc\n    secretary: sec\n", "")
        moved = data.draw(st.sampled_from(["", *MOVED[len(BOARDS) :].splitlines()]))
        people = data.draw(st.sampled_from(["", PEOPLE, PEOPLE.replace("08-14", "08-20")]))
        text = f"{FORCE}\n{board}{moved}\nposts:\n" + "\n".join(posts) + "\n" + people
        text += f"owners: {{24087: {owner}, 24133: {owner}}}\n" if owner else ""
        apply(store, text)
        before = history_length(store)
        assert apply(store, text).changes == []
        assert history_length(store) == before
    store.close()
