"""Owners, boards and reminder rules that the file gives single recommendations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from db import tables as t
from db.importing.records import import_record
from db.organisation.apply import settle_file_entries
from db.store import Actor, Store
from documents.readers import read_document
from governance.subject import Subject
from governance.words import Kind
from tests.factories import a_recommendation, a_report, history_of, rec
from tests.organisation.files import BOARDS, FORCE, POSTS, WHOLE, apply

IMPORT = Actor("import", "cli")


def records(store: Store) -> None:
    """Two forces' answers to one report, and one force's own inspection."""
    with store.write(IMPORT) as writing:
        cumbria = a_report(writing, "An inspection of vetting in the police", "Cumbria")
        somerset = a_report(writing, "An inspection of vetting in the police", "Avon and Somerset")
        own = a_report(writing, "The arrangements of vetting in Anyshire Police", "Anyshire")
        rows = [
            a_recommendation(writing, cumbria, number="16", ref="24087"),
            a_recommendation(writing, cumbria, number="1", ref="24925", kind=Kind.AFI),
            a_recommendation(writing, somerset, number="16"),
            a_recommendation(writing, own, number="1", kind=Kind.AFI),
        ]
        writing.replan(*(Subject.recommendation(row.id) for row in rows))
        settle_file_entries(writing, rows)


def owners(store: Store) -> dict[int, str]:
    with store.read() as reading:
        rows = reading.all(reading.select(t.Recommendation))
        return {row.id: row.owner for row in rows if row.id and row.owner}


def entry(name: str) -> str:
    return f'{WHOLE}owners: {{"{name}": dci}}\n'


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("24087", 1),
        ("#24087", 1),
        ("rec 16 of Cumbria", 1),
        ("16 of Avon & Somerset", 3),
        ("rec 16 @ inspection vetting of Cumbria", 1),
        ("AFI 1 @ arrangements", 4),
        ("AFI 1 @ arrangements of vetting in Anyshire", 4),
        ("AFI 1 @ arrangements of vetting of Anyshire", 4),
    ],
)
@pytest.mark.parametrize("first", ["apply", "import"])
def test_an_entry_finds_its_recommendation_before_or_after_the_import(
    store: Store, name: str, id: int, first: str
) -> None:
    if first == "import":
        records(store)
        assert apply(store, entry(name)).waiting == []
    else:
        assert len(apply(store, entry(name)).waiting) == 1
        records(store)
    assert owners(store) == {id: "dci"}


def test_an_entry_that_fits_several_is_a_warning_that_names_them_and_the_rest_is_applied(
    store: Store,
) -> None:
    records(store)
    outcome = apply(store, WHOLE + 'owners: {"AFI 1": vet, 24087: dci}\n')
    assert outcome.warnings == [
        "owners: “afi 1” fits several, so it was not used: #24925;"
        " AFI 1 of Anyshire, “The arrangements of vetting in Anyshire Police”."
    ]
    assert owners(store) == {1: "dci"}


def test_a_recommendation_named_in_two_ways_follows_the_first_with_a_warning(store: Store) -> None:
    records(store)
    text = WHOLE + 'owners: {24087: dci, "rec 16 of Cumbria": vet}\n'
    for _ in range(2):
        assert apply(store, text).warnings == [
            "owners: “rec 16 of cumbria” is #24087, which the file names in other words too,"
            " so it was not used."
        ]
        assert rec(store, "24087").owner == "dci"


def test_an_entry_used_on_import_replans_its_recommendation(store: Store) -> None:
    with store.write(IMPORT) as writing:
        report = a_report(writing, "An inspection of vetting")
        row = a_recommendation(writing, report, number="16", ref="24087")
        row.deadline, row.deadline_set_at = date(2023, 1, 10), writing.now
        writing.replan("recommendation:1")
    apply(store, WHOLE + "reminders: {recommendations: {24087: {deadline: {days: [5]}}}}\n")
    with store.read() as reading:
        planned = reading.session.get_one(t.Schedule, (reading.key, "recommendation:1"))
        assert planned.next_remind_at == datetime(2023, 1, 5, 9, tzinfo=UTC)


def test_an_import_warns_only_of_entries_about_what_it_brought(store: Store) -> None:
    records(store)
    apply(store, WHOLE + 'owners: {"rec 16": vet}\n')
    with store.write(IMPORT) as writing:
        report = a_report(writing, "Another one")
        new = a_recommendation(writing, report, number="2", ref="30001")
        assert settle_file_entries(writing, [new]).warnings == []
        same = a_recommendation(writing, report, number="16", ref="30002")
        [warning] = settle_file_entries(writing, [same]).warnings
    assert "#30002" in warning


def test_an_owner_assigned_in_chat_stands_until_the_entry_changes(store: Store) -> None:
    records(store)
    text = WHOLE + "owners: {24087: dci}\n"
    apply(store, text)
    with store.write(Actor("alex", "slack")) as writing:
        writing.change(writing.recommendation(1), "assign", {"owner": "vet"})
    apply(store, text.replace("ACU DCI", "Head of ACU"))
    assert rec(store, "24087").owner == "vet"
    apply(store, text.replace("24087: dci", "24087: lead"))
    assert rec(store, "24087").owner == "lead"


def test_an_entry_that_leaves_the_file_takes_back_only_what_it_set(store: Store) -> None:
    records(store)
    apply(store, WHOLE + "owners: {24087: dci, 24925: dci}\n")
    with store.write(Actor("alex", "slack")) as writing:
        writing.change(writing.recommendation(2), "assign", {"owner": "vet"})
    apply(store, WHOLE)
    assert rec(store, "24087").owner is None
    assert rec(store, "24925").owner == "vet"


def test_an_entry_written_in_another_way_is_the_same_entry(store: Store) -> None:
    records(store)
    apply(store, entry("rec 16 of Cumbria"))
    with store.write(Actor("alex", "slack")) as writing:
        writing.change(writing.recommendation(1), "assign", {"owner": "vet"})
    apply(store, entry("REC  16 of cumbria"))
    assert rec(store, "24087").owner == "vet"


def test_a_closed_recommendation_keeps_its_owner_with_a_warning(store: Store) -> None:
    records(store)
    with store.write(Actor("sam", "slack")) as writing:
        writing.change(writing.recommendation(1), "close", {"closure": "superseded"})
    outcome = apply(store, entry("24087"))
    assert outcome.warnings == ["#24087 is closed, so its owner stays as it is."]
    assert rec(store, "24087").owner is None
    assert apply(store, entry("24087")).warnings == []


def test_a_recommendation_is_put_before_the_board_the_file_names(store: Store) -> None:
    records(store)
    gov = "  - {key: gb, name: Gov, cadence: {every: 1 months, first: 2023-01-31T10:00}}\n"
    text = FORCE + BOARDS + gov + POSTS + "default_board: pib\nboard_of: {24087: gb}\n"
    outcome = apply(store, text)
    assert "#24087 is before Gov." in outcome.changes
    with store.read() as reading:
        assert reading.recommendation(1).board == "gb"


def test_words_for_an_owner_give_way_to_the_post_of_the_file(store: Store) -> None:
    records(store)
    with store.write(IMPORT) as writing:
        writing.change(writing.recommendation(1), "import", {"owner_words": "Head of ACU"})
    apply(store, entry("24087"))
    with store.read() as reading:
        assert reading.recommendation(1).owner_words is None


RULES = "reminders: {overdue: {every: 14}, recommendations: {24087: {deadline: {days: [28, 7]}}}}\n"


@pytest.mark.parametrize("first", ["apply", "import"])
def test_changed_rules_are_kept_under_the_recommendation_itself(store: Store, first: str) -> None:
    if first == "import":
        records(store)
    apply(store, WHOLE + RULES)
    if first == "apply":
        records(store)
    with store.read() as reading:
        overrides = reading.directory.overrides
    assert overrides.organisation == {"overdue": {"every": 14}}
    assert overrides.recommendations == {1: {"deadline": {"days": [28, 7]}}}


def test_rules_that_leave_the_file_are_the_tables_again(store: Store) -> None:
    records(store)
    apply(store, WHOLE + RULES)
    apply(store, WHOLE)
    with store.read() as reading:
        overrides = reading.directory.overrides
    assert overrides.organisation == {}
    assert overrides.recommendations == {}


def test_an_entry_used_on_import_is_told_once_in_the_history(store: Store) -> None:
    apply(store, entry("24087"))
    records(store)
    with store.write(IMPORT) as writing:
        settle_file_entries(writing, writing.all(writing.select(t.Recommendation)))
    [row] = history_of(store, Subject.recommendation(1))
    assert (row.action, row.changes) == ("apply", {"owner": [None, "dci"]})


def test_a_store_without_a_file_has_nothing_to_settle(store: Store) -> None:
    records(store)
    assert owners(store) == {}


def test_every_entry_of_the_sample_finds_its_recommendation_in_the_sample_records(
    store: Store, sample_records: Path
) -> None:
    text = (sample_records.parent / "organisation.yaml").read_text(encoding="utf-8")
    apply(store, text)
    for path in sorted(sample_records.glob("*.txt")):
        with store.write(IMPORT) as writing:
            record = read_document(path.name, path.read_bytes())
            outcome = import_record(writing, record, path.name)
        assert not [w.text for w in outcome.warnings if "fits several" in w.text]
    again = apply(store, text)
    assert (again.changes, again.warnings, again.waiting) == ([], [], [])
    assert rec(store, "24087").owner == "acu-dci"
    with store.read() as reading:
        rows = reading.all(reading.select(t.Recommendation))
    assert 0 < sum(row.owner is None for row in rows) < len(rows) / 5
