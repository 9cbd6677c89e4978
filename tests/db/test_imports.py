from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from db.clock import PretendedClock
from db.importing import records
from db.importing.records import ImportOutcome, import_record, settle_publication
from db.store import Actor, Store
from db.tables import Board, History, Recommendation, Report, Schedule
from documents.readers import read_document
from documents.record import ImportedItem, ImportedRecord, ImportedReport, Warning
from governance.words import Kind

IMPORTER = Actor("import", "test")
TITLE = "An inspection of vetting"
FIRST = "By 30 April 2023, chief constables should check the devices of every new officer."
SECOND = "The force should make sure that decisions on transferees are recorded and reviewed."
THIRD = "Chief constables should publish how many officers failed their vetting each year."


def item(text: str, **said: Any) -> ImportedItem:
    return ImportedItem(kind=said.pop("kind", Kind.RECOMMENDATION), text=text, **said)


def record(*items: ImportedItem, **said: Any) -> ImportedRecord:
    usual: dict[str, Any] = {
        "title": TITLE,
        "force": "Cumbria",
        "published": date(2022, 11, 2),
    }
    placed = (dataclasses.replace(one, position=n) for n, one in enumerate(items, 1))
    return ImportedRecord(ImportedReport(**(usual | said)), tuple(placed))


def taken(store: Store, said: ImportedRecord, file: str = "record.txt") -> ImportOutcome:
    with store.write(IMPORTER) as writing:
        return import_record(writing, said, file)


def counts(done: ImportOutcome) -> tuple[int, int, int]:
    return done.added, done.changed, done.unchanged


def told(done: ImportOutcome) -> str:
    return "\n".join(warning.text for warning in done.warnings)


def held(store: Store) -> list[Recommendation]:
    with store.read() as reading:
        return reading.all(reading.select(Recommendation).order_by(col(Recommendation.id)))


def everything(store: Store) -> dict[str, list[Any]]:
    """Every row of every table, to show that nothing changed."""
    with store.read() as reading:
        return {
            table.name: [tuple(r) for r in reading.session.connection().execute(table.select())]
            for table in SQLModel.metadata.sorted_tables
        }


WHOLE = record(
    item(FIRST, ref="24087", number="16", points=("laptops;", "phones."), response="Begun."),
    item(SECOND, kind=Kind.AFI),
    item(THIRD),
    pcc="A. Commissioner",
    pcc_response="I welcome this.",
)


def test_importing_the_same_record_twice_changes_nothing(store: Store) -> None:
    first = taken(store, WHOLE)
    assert (first.report, first.force, counts(first)) == (TITLE, "Cumbria", (3, 0, 0))
    before = everything(store)
    assert counts(taken(store, WHOLE)) == (0, 0, 3)
    assert everything(store) == before


def test_an_import_fills_report_and_items_and_tells_the_history(
    store: Store, clock: PretendedClock
) -> None:
    taken(store, WHOLE)
    row = held(store)[0]
    assert (row.ref, row.number, row.points) == ("24087", "16", ["laptops;", "phones."])
    assert row.deadline == row.original_deadline == date(2023, 4, 30)
    assert (row.deadline_kind, row.deadline_set_at) == ("by_date", clock.now())
    assert (row.progress, row.last_update_at, row.response) == ("not_started", None, "Begun.")
    with store.read() as reading:
        report = reading.session.exec(select(Report)).one()
        assert (report.pcc, report.published_set_at) == ("A. Commissioner", clock.now())
        rows = reading.all(reading.select(History))
        assert {h.subject for h in rows} == {
            "report:1", "recommendation:1", "recommendation:2", "recommendation:3",
        }  # fmt: skip
        assert {(h.action, h.actor) for h in rows} == {("import", "import")}
        planned = {s.subject: s.planned_through for s in reading.all(reading.select(Schedule))}
        assert planned["recommendation:1"] == planned["report:1"] == clock.now()


def test_the_order_of_items_never_says_which_is_which(store: Store) -> None:
    taken(store, WHOLE)
    before = [(row.ref, row.number, row.text) for row in held(store)]
    assert counts(taken(store, record(*reversed(WHOLE.items)))) == (0, 0, 3)
    assert [(row.ref, row.number, row.text) for row in held(store)] == before


@pytest.mark.parametrize(
    ("title", "force"),
    [("inspection of VETTING.", "Cumbria Constabulary"), ("An Inspection of Vetting", "CUMBRIA")],
)
def test_a_title_and_force_written_otherwise_are_the_same_report(
    store: Store, title: str, force: str
) -> None:
    taken(store, WHOLE)
    done = taken(store, record(*WHOLE.items, title=title, force=force))
    assert (done.report, done.force, counts(done)) == (TITLE, "Cumbria", (0, 0, 3))


def test_another_force_answering_the_same_report_has_its_own_recommendations(
    store: Store,
) -> None:
    taken(store, WHOLE)
    others = [dataclasses.replace(one, ref=None) for one in WHOLE.items]
    assert counts(taken(store, record(*others, force="Kent"))) == (3, 0, 0)


def test_an_item_is_recognised_by_its_reference_whatever_its_words(store: Store) -> None:
    taken(store, record(item(FIRST, ref="24087")))
    assert counts(taken(store, record(item(THIRD, ref="24087")))) == (0, 1, 0)
    assert [row.text for row in held(store)] == [THIRD]


def test_an_item_is_recognised_by_its_stated_number_within_its_kind(store: Store) -> None:
    taken(store, record(item(FIRST, number="1"), item(SECOND, number="1", kind=Kind.AFI)))
    done = taken(store, record(item(THIRD, number="1", ref="24087")))
    assert counts(done) == (0, 1, 0)
    assert [(r.kind, r.ref, r.text) for r in held(store)] == [
        ("recommendation", "24087", THIRD),
        ("afi", None, SECOND),
    ]


def test_an_item_is_recognised_by_its_text_without_case_and_punctuation(store: Store) -> None:
    taken(store, record(item(SECOND)))
    done = taken(store, record(item(THIRD), item(SECOND.upper().replace(".", ""))))
    assert (done.added, done.changed, done.warnings) == (1, 1, ())


def test_a_text_nearly_the_same_is_recognised_with_a_warning(store: Store) -> None:
    taken(store, record(item(SECOND), item(THIRD)))
    done = taken(store, record(item(SECOND.replace("reviewed", "audited"), line=7), item(THIRD)))
    assert counts(done) == (0, 1, 1)
    assert [(w.line, "nearly" in w.text) for w in done.warnings] == [(7, True)]
    assert "The force should make sure" in told(done)


def test_two_items_of_the_same_lead_in_are_told_apart_by_their_points(store: Store) -> None:
    one = item("The force should improve:", points=("its records of vetting;",))
    two = item("The force should improve:", points=("the speed of its appeals;",))
    taken(store, record(one, two))
    assert counts(taken(store, record(two, one))) == (0, 0, 2)
    changed = dataclasses.replace(two, points=("the speed of all its appeals;",))
    assert counts(taken(store, record(changed, one))) == (0, 1, 1)
    assert [row.points[0] for row in held(store)] == [
        "its records of vetting;",
        "the speed of all its appeals;",
    ]


def test_different_stated_numbers_are_never_taken_for_one_by_likeness(store: Store) -> None:
    taken(store, record(item(SECOND, number="4")))
    done = taken(store, record(item(SECOND.replace("reviewed", "audited"), number="5")))
    assert counts(done) == (1, 0, 0)


def test_items_without_a_number_are_numbered_by_position_within_their_kind(
    store: Store,
) -> None:
    taken(store, record(item(FIRST), item(SECOND, kind=Kind.AFI), item(THIRD)))
    numbers = {(row.kind, row.number, row.number_stated) for row in held(store)}
    assert numbers == {
        ("recommendation", "1", False),
        ("recommendation", "3", False),
        ("afi", "2", False),
    }


def test_a_number_by_position_never_meets_one_that_is_there(store: Store) -> None:
    taken(store, record(item(FIRST, number="1"), item(SECOND, number="2")))
    taken(store, record(item(THIRD), item(FIRST)))
    assert [row.number for row in held(store)] == ["1", "2", "3"]


def test_a_number_by_position_gives_way_to_one_the_document_states(store: Store) -> None:
    taken(store, record(item(FIRST), item(SECOND)))
    done = taken(store, record(item(THIRD, number="1", line=3)))
    assert "now recommendation 3" in told(done)
    assert [(r.text, r.number) for r in held(store)] == [(FIRST, "3"), (SECOND, "2"), (THIRD, "1")]
    assert counts(taken(store, record(item(THIRD, number="1")))) == (0, 0, 1)


def test_a_reference_that_stands_twice_stays_with_the_first_and_loses_neither(store: Store) -> None:
    twice = record(item(FIRST, ref="24087", line=2), item(SECOND, ref="24087", line=9))
    done = taken(store, twice)
    assert [(row.text, row.ref) for row in held(store)] == [(FIRST, "24087"), (SECOND, None)]
    assert counts(taken(store, twice)) == (0, 0, 2)
    assert [(w.line, "24087" in w.text and "line 2" in w.text) for w in done.warnings] == [
        (9, True)
    ]


def test_the_same_words_under_the_same_reference_are_imported_once(store: Store) -> None:
    twice = record(item(FIRST, ref="24087", line=2), item(FIRST, ref="24087", line=9))
    done = taken(store, twice)
    assert done.added == 1
    assert [w.line for w in done.warnings] == [9]


def test_a_warning_about_a_deadline_has_the_line_of_its_words(store: Store) -> None:
    words = "Within six months, the force should act."
    one = ImportedItem(Kind.RECOMMENDATION, words, line=3, lines=((3, "Cells."), (5, words)))
    done = taken(store, ImportedRecord(ImportedReport(TITLE, "Cumbria"), (one,)))
    assert [w.line for w in done.warnings] == [5]


def test_a_reference_of_another_report_is_not_stolen(store: Store) -> None:
    taken(store, WHOLE)
    done = taken(store, record(item(FIRST, ref="24087", line=4), title="Custody", force="Kent"))
    assert done.added == 1
    assert "already belongs to recommendation 16 of “An inspection of vetting” (Cumbria)" in told(
        done
    )
    assert [row.ref for row in held(store)] == ["24087", None, None, None]


def test_what_is_not_stated_again_is_not_wiped(store: Store) -> None:
    taken(store, WHOLE)
    bare = [ImportedItem(one.kind, one.text, ref=one.ref) for one in WHOLE.items]
    done = taken(store, ImportedRecord(ImportedReport(TITLE, "Cumbria"), tuple(bare)))
    assert counts(done) == (0, 0, 3)
    row = held(store)[0]
    assert (row.number, row.points, row.response) == ("16", ["laptops;", "phones."], "Begun.")
    with store.read() as reading:
        report = reading.session.exec(select(Report)).one()
        assert report.published == date(2022, 11, 2)
        assert report.pcc_response == "I welcome this."


def test_points_typed_within_the_text_are_the_same_words(store: Store) -> None:
    taken(store, WHOLE)
    inline = item(FIRST + " Laptops; phones.", number="16")
    assert counts(taken(store, record(inline))) == (0, 0, 1)


def test_another_deadline_in_a_re_import_corrects_the_original_and_is_recorded(
    store: Store, clock: PretendedClock
) -> None:
    taken(store, record(item(FIRST, ref="24087")))
    clock.set(datetime(2023, 2, 1, 9, tzinfo=UTC))
    later = FIRST.replace("30 April", "31 May")
    assert counts(taken(store, record(item(later, ref="24087")))) == (0, 1, 0)
    row = held(store)[0]
    assert row.deadline == row.original_deadline == date(2023, 5, 31)
    assert (row.deadline_version, row.deadline_set_at) == (1, clock.now())
    with store.read() as reading:
        last = reading.all(reading.select(History).order_by(col(History.seq)))[-1]
        assert last.changes["original_deadline"] == ["2023-04-30", "2023-05-31"]


def test_an_extension_in_force_stays_when_the_original_is_corrected(store: Store) -> None:
    taken(store, record(item(FIRST, ref="24087")))
    with store.write(IMPORTER) as writing:
        row = writing.recommendation(1)
        extended = {"deadline": date(2024, 3, 31), "slips": 1, "deadline_version": 1}
        writing.change(row, "extend", extended)
    done = taken(store, record(item(FIRST.replace("30 April", "31 May"), ref="24087", line=5)))
    row = held(store)[0]
    assert (row.original_deadline, row.deadline) == (date(2023, 5, 31), date(2024, 3, 31))
    assert row.deadline_version == 1
    assert [w.line for w in done.warnings] == [5]
    assert "31 May 2023" in told(done)
    assert "31 March 2024" in told(done)


def test_a_deadline_no_longer_stated_is_kept(store: Store) -> None:
    taken(store, record(item(FIRST, ref="24087")))
    taken(store, record(item(THIRD, ref="24087")))
    assert held(store)[0].deadline == date(2023, 4, 30)


WITHIN = "Within six months, chief constables should review their records."
AT_ONCE = "With immediate effect, chief constables should stop the practice."


def test_deadlines_that_count_from_publication_are_settled_when_it_becomes_known(
    store: Store, clock: PretendedClock
) -> None:
    said = (item(WITHIN, line=3), item(AT_ONCE, line=4), item(FIRST))
    done = taken(store, record(*said, published=None))
    assert [row.deadline for row in held(store)] == [None, None, date(2023, 4, 30)]
    assert [w.line for w in done.warnings] == [3, 4]
    clock.set(datetime(2023, 2, 1, 9, tzinfo=UTC))
    # The later document has only the report's own fields.
    done = taken(store, record(published=date(2022, 11, 2)))
    assert counts(done) == (0, 0, 0)
    rows = held(store)
    assert [row.deadline for row in rows] == [
        date(2023, 5, 2), date(2022, 11, 2), date(2023, 4, 30),
    ]  # fmt: skip
    assert [row.deadline_kind for row in rows] == ["relative", "immediate", "by_date"]
    assert [row.deadline_set_at == clock.now() for row in rows] == [True, True, False]
    with store.read() as reading:
        assert reading.session.exec(select(Report)).one().published_set_at == clock.now()


def test_a_publication_corrected_by_hand_moves_what_counts_from_it(store: Store) -> None:
    yearless = "By 30 April, chief constables should review their records."
    taken(store, record(item(WITHIN), item(yearless), item(FIRST)))
    with store.write(IMPORTER) as writing:
        report = writing.session.exec(select(Report)).one()
        before = report.published
        writing.change(report, "published", {"published": date(2023, 5, 10)})
        changed = settle_publication(writing, report, before=before)
        assert [row.number for row in changed] == ["1", "2"]
    assert [row.deadline for row in held(store)] == [
        date(2023, 11, 10), date(2024, 4, 30), date(2023, 4, 30),
    ]  # fmt: skip


def test_a_deadline_cell_wins_over_a_date_in_the_text(store: Store) -> None:
    taken(store, record(item(FIRST, deadline=date(2023, 3, 31))))
    row = held(store)[0]
    assert (row.deadline, row.deadline_kind) == (date(2023, 3, 31), "by_date")


def test_a_tracker_s_owner_and_status_fill_what_nobody_has_said_here(store: Store) -> None:
    tracker = record(
        item(FIRST, owner="Administrator", progress="at_risk", update="Bought 40 licences."),
        item(SECOND, owner="the new chap", progress="purple", line=3),
    )
    done = taken(store, tracker)
    one, two = held(store)
    assert (one.owner, one.progress, one.last_update_at) == ("administrator", "at_risk", None)
    assert (two.owner, two.owner_words, two.progress) == (None, "the new chap", "not_started")
    assert "the new chap" in told(done)
    assert "purple" in told(done)
    assert counts(taken(store, tracker)) == (0, 0, 2)
    with store.read() as reading:
        notes = [h.note for h in reading.all(reading.select(History))]
        assert sum("Bought 40 licences." in note for note in notes) == 1


def test_without_a_force_or_an_organisation_there_is_a_warning(store: Store) -> None:
    done = taken(store, record(item(FIRST), force=None))
    assert done.force is None
    assert "which force" in told(done)


def test_a_record_without_a_force_is_the_organisation_s_even_if_it_came_first(
    store: Store,
) -> None:
    taken(store, record(item(FIRST), force=None))
    with store.write(IMPORTER) as writing:
        writing.organisation.name = "Staffordshire Police"
        writing.organisation.applied_at = writing.now
        writing.session.add(writing.organisation)
    done = taken(store, record(item(FIRST), force=None))
    assert (done.force, counts(done)) == ("Staffordshire Police", (0, 0, 1))


def test_a_document_without_a_title_is_found_by_its_references_or_named_after_its_file(
    store: Store,
) -> None:
    taken(store, WHOLE)
    done = taken(store, record(item(FIRST, ref="24087"), title=None))
    assert (done.report, counts(done)) == (TITLE, (0, 0, 1))
    done = taken(store, record(item(THIRD), title=None), "folder/vetting-2022.txt")
    assert done.report == "vetting-2022"
    assert "No report title" in told(done)


def test_a_document_of_nothing_adds_nothing(store: Store) -> None:
    said = ImportedRecord(ImportedReport(), (), (Warning(1, "“zzz” was not understood."),))
    done = taken(store, said)
    assert (done.report, counts(done)) == (None, (0, 0, 0))
    assert len(done.warnings) == 2
    assert held(store) == []


def test_a_crash_in_the_middle_of_an_import_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(store, record(item(FIRST)))
    before = everything(store)

    def crash(*_: Any) -> None:
        raise InterruptedError

    monkeypatch.setattr(records, "_note_new", crash)
    with pytest.raises(InterruptedError):
        taken(store, WHOLE)
    assert everything(store) == before


def test_an_import_before_the_moment_of_setting_up_takes_the_organisation_back_there(
    store: Store, clock: PretendedClock
) -> None:
    set_up = clock.now() + timedelta(days=500)
    with store.write(IMPORTER) as writing:
        board = Board(
            organisation=writing.key, key="pib", name="Board", first="2023-01-11T10:00",
            rule="FREQ=WEEKLY", channel="#pib", applied_at=set_up,
        )  # fmt: skip
        writing.add(board)
        writing.add(Schedule(organisation=writing.key, subject="board:pib", planned_through=set_up))
    taken(store, WHOLE)
    with store.read() as reading:
        rows = {row.subject: row for row in reading.all(reading.select(Schedule))}
        for subject in ("organisation", "board:pib"):
            assert rows[subject].planned_through == clock.now()
            due = rows[subject].next_remind_at
            assert due is not None
            assert clock.now() < due < clock.now() + timedelta(days=14)
        assert reading.directory.applied_at == clock.now()
        assert reading.directory.boards["pib"].applied_at == clock.now()


def test_an_import_behind_the_last_tick_takes_nothing_back(
    store: Store, clock: PretendedClock
) -> None:
    with store.write(IMPORTER) as writing:
        writing.set_mark("last_tick", (clock.now() + timedelta(days=1)).isoformat())
    taken(store, WHOLE)
    with store.read() as reading:
        own = reading.session.get_one(Schedule, (reading.key, "organisation"))
        assert own.planned_through > clock.now() + timedelta(days=500)


def test_every_sample_record_imported_again_changes_nothing(
    store: Store, sample_records: Path
) -> None:
    files = sorted(sample_records.glob("*.txt"))
    read = [(file, read_document(file.name, file.read_bytes())) for file in files]
    assert all(taken(store, said, str(file)).added for file, said in read)
    before = everything(store)
    assert not any(sum(counts(taken(store, said, str(file)))[:2]) for file, said in read)
    assert everything(store) == before


def test_a_large_record_is_imported_and_recognised(store: Store) -> None:
    many = record(*(item(f"{FIRST} That is thing {n}.", ref=str(30000 + n)) for n in range(200)))
    assert taken(store, many).added == 200
    assert taken(store, many).unchanged == 200
