"""Entries of the organisation file about single recommendations: owners, boards, reminder rules.

An entry waits until its recommendation is imported, is used once, and then stands aside: what
people change in chat afterwards is not undone by it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from db import schedule
from db.organisation.snapshot import SECTIONS, differences, target
from db.queries import lookup
from db.store import Reading, Writing
from db.tables import Recommendation, Report
from documents.record import FileTarget
from governance.subject import ORGANISATION, Subject
from governance.words import Kind, label

COLUMNS = {"owners": "owner", "board_of": "board"}


@dataclass
class EntriesOutcome:
    """The outcome of using entries, in sentences."""

    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Entries whose recommendation is not imported yet, as the file writes them."""


def settle_file_entries(
    writing: Writing, recommendations: Iterable[Recommendation] | None = None
) -> EntriesOutcome:
    """Use the entries whose recommendation is there by now, each once, with its history.

    With `recommendations` (those just imported) only entries that may be about one of them are
    looked at; the others wait untold.
    An entry that fits several changes nothing and is a warning that names them.
    """
    organisation = writing.organisation
    outcome = EntriesOutcome()
    if not organisation.file:
        return outcome
    new = None if recommendations is None else list(recommendations)
    wanted = None if new is None else {row.id for row in new}
    numbers = {(row.kind, row.number) for row in new or ()} | {row.ref for row in new or ()}
    file = copy.deepcopy(organisation.file)
    by_reference = _by_reference(writing, file)
    used: list[str] = []
    for section in SECTIONS:
        settled: dict[str, int] = file["settled"][section]
        for written, entry in file["entries"][section].items():
            meant = target(entry["target"])
            if written in settled or (
                new is not None and (meant.ref or (meant.kind, meant.number)) not in numbers
            ):
                continue
            rows = _recommendations(writing, meant, by_reference)
            if not rows:
                outcome.waiting.append(written)
            elif wanted is not None and not any(row.id in wanted for row in rows):
                continue
            elif len(rows) > 1:
                outcome.warnings.append(_ambiguous(writing, section, written, rows))
            elif rows[0].id in settled.values():
                outcome.warnings.append(
                    f"{section}: “{written}” is {named(writing, rows[0])}, which the file names"
                    " in other words too, so it was not used."
                )
            else:
                [one] = rows
                assert one.id is not None
                settled[written] = one.id
                if section in COLUMNS and _use(writing, one, section, entry["value"], outcome):
                    used.append(schedule.subject_of(one))
    if file != organisation.file:
        organisation.file = file
        writing.session.add(organisation)
    _set_reminders(writing, outcome)
    writing.replan(*used)  # at once: one at a time costs three queries each
    outcome.waiting = list(dict.fromkeys(outcome.waiting))
    return outcome


def withdraw(writing: Writing, section: str, id: int, value: Any, outcome: EntriesOutcome) -> None:
    """Take back what an entry that left the file had set, if it still stands as it was set."""
    column = COLUMNS.get(section)
    if column is None:
        return
    row = writing.recommendation(id)
    if getattr(row, column) == value and row.closure is None:
        writing.change(row, "apply", {column: None}, note="no longer in the organisation file")
        outcome.changes.append(f"{named(writing, row)} has no {column} of its own any more.")


def named(reading: Reading, row: Recommendation) -> str:
    """A recommendation as a sentence names it: #24087, or AFI 1 of a force's report."""
    if row.ref:
        return f"#{row.ref}"
    report = reading.first(reading.select(Report).where(Report.id == row.report_id))
    place = f" of {report.force}, “{report.title}”" if report else ""
    return f"{label(Kind(row.kind), row.number)}{place}"


def _use(
    writing: Writing, row: Recommendation, section: str, value: str, outcome: EntriesOutcome
) -> bool:
    """Set an entry's value, without replanning; gives True where that changed anything."""
    column = COLUMNS[section]
    if getattr(row, column) == value:
        return False
    name = named(writing, row)
    if row.closure is not None:
        outcome.warnings.append(f"{name} is closed, so its {column} stays as it is.")
        return False
    fields: dict[str, str | None] = {column: value}
    if section == "owners":
        fields["owner_words"] = None
        sentence = f"{name} is owned by {writing.directory.post_title(value)}."
    else:
        sentence = f"{name} is before {writing.directory.boards[value].name}."
    writing.change(row, "apply", fields, replan=False)
    outcome.changes.append(sentence)
    return True


def _set_reminders(writing: Writing, outcome: EntriesOutcome) -> None:
    """Keep the overrides with the recommendations' own under their ids, as the rules read them.

    What one recommendation has of its own may stand in its board's timetable and in the weekly
    lists', so these are replanned with it.
    """
    file = writing.organisation.file
    settled = file["settled"]["reminders"]
    entries = file["entries"]["reminders"]
    own = {str(id): entries[written]["value"] for written, id in settled.items()}
    empty: dict[str, Any] = {"organisation": {}, "boards": {}, "recommendations": {}}
    before = {**empty, **writing.organisation.reminders}
    after = {**empty, **file["reminders"], "recommendations": own}
    if after == before:
        return
    writing.forget_directory()
    writing.change(writing.organisation, "apply", {"reminders": after}, replan=False)
    writing.forget_directory()
    outcome.changes += _changed_rules("Reminders", before["organisation"], after["organisation"])
    for board, old, new in differences(before["boards"], after["boards"]):
        outcome.changes += _changed_rules(f"Reminders of board {board}", old, new)
    changed = list(differences(before["recommendations"], own))
    for id, old, new in changed:
        row = writing.find(Recommendation, int(id))
        if row is not None:
            whose = f"Reminders of {named(writing, row)}"
            outcome.changes += _changed_rules(whose, old, new)
    if changed:
        boards = [Subject.board(board) for board in writing.directory.boards]
        numbers = sorted(int(id) for id, _, _ in changed)
        writing.replan(*map(Subject.recommendation, numbers), *boards, ORGANISATION)


def _changed_rules(
    whose: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[str]:
    """A sentence for each rule whose overrides differ."""
    sentences = []
    for rule, _, new in differences(before or {}, after or {}):
        values = new.items() if isinstance(new, dict) else () if new is None else [("", new)]
        words = ", ".join(f"{name} {_value_words(value)}".strip() for name, value in values)
        sentences.append(f"{whose}: {rule} has {words or 'its usual settings'} now.")
    return sentences


def _value_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _by_reference(writing: Writing, file: dict[str, Any]) -> dict[str, Recommendation]:
    """Every recommendation that an unsettled entry names by reference, in one query."""
    refs = {
        entry["target"]["ref"]
        for section in SECTIONS
        for written, entry in file["entries"][section].items()
        if entry["target"]["ref"] and written not in file["settled"][section]
    }
    return lookup.by_references(writing, refs) if refs else {}


def _recommendations(
    reading: Reading, meant: FileTarget, by_reference: dict[str, Recommendation]
) -> list[Recommendation]:
    """The recommendations that a target may mean."""
    if meant.ref is not None:
        return [by_reference[meant.ref]] if meant.ref in by_reference else []
    assert meant.number is not None
    if meant.title is None:
        return lookup.by_number(reading, meant.number, meant.kind, None, meant.force)
    if rows := lookup.by_number(reading, meant.number, meant.kind, meant.title):
        return rows
    # "arrangements of vetting of Anyshire": what follows an "of" may be the force.
    words = meant.title.split(" of ")
    for cut in range(len(words) - 1, 0, -1):
        title, force = " of ".join(words[:cut]), " of ".join(words[cut:])
        if rows := lookup.by_number(reading, meant.number, meant.kind, title, force):
            return rows
    return []


def _ambiguous(reading: Reading, section: str, written: str, rows: list[Recommendation]) -> str:
    names = "; ".join(named(reading, row) for row in rows)
    return f"{section}: “{written}” fits several, so it was not used: {names}."
