"""Application of an organisation file: posts, people, boards and rules, from now on.

One transaction under the write lock, so several processes may apply at once: the second finds
nothing to change. Nobody is sent a message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col

from db import schedule
from db import tables as t
from db.meetings import forget_meeting, set_meeting
from db.organisation.cadences import change_cadence, has_other_cadence, is_meeting
from db.organisation.entries import EntriesOutcome, named, settle_file_entries, withdraw
from db.organisation.people import apply_people, apply_posts, remove_builtin
from db.organisation.snapshot import SECTIONS, applied, day, differences, nothing
from db.store import Writing
from documents.record import OrganisationFile
from governance.cadence_gaps import clock_gaps, left_out
from governance.directory import Cadence
from governance.errors import DulyError
from governance.subject import Subject

__all__ = ["ApplyOutcome", "OtherOrganisation", "apply_organisation", "settle_file_entries"]

CADENCE = ("first", "rule", "every_months")
"""The fields of a board that say when it meets."""


class OtherOrganisation(DulyError):
    """The store is another force's."""


@dataclass
class ApplyOutcome:
    """The outcome of applying a file, in sentences."""

    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Entries kept for a recommendation that is not imported yet, as the file writes them."""


def apply_organisation(writing: Writing, file: OrganisationFile) -> ApplyOutcome:
    """Make the store say what the file says, wherever the file's own entry changed.

    The first file replaces the built-in organisation and takes over its records and history.
    Raises OtherOrganisation for the file of another force.
    """
    organisation = writing.organisation
    # Where the write lock is per row (Postgres), this is it; what another process did is seen.
    writing.session.refresh(organisation, with_for_update=True)
    first = organisation.applied_at is None
    if not first and organisation.key != file.force_key:
        raise OtherOrganisation(
            f"{file.name} is the file of {file.force_key}, and this store is"
            f" {organisation.key}'s; apply it to a store of its own (--db)."
        )
    outcome = ApplyOutcome()
    before, after = organisation.file or nothing(), applied(file)
    same = all(before.get(part) == after[part] for part in after if part != "settled")
    if not same:
        _apply(writing, before, after, outcome, first=first)
    entries = settle_file_entries(writing)
    outcome.changes += entries.changes
    outcome.warnings += entries.warnings
    outcome.waiting = entries.waiting
    if not same:
        _join_story(writing)
        writing.replan_all()
    return outcome


def _join_story(writing: Writing) -> None:
    """Dates a file applied by the real clock to a pretended store's own latest moment.

    Otherwise its boards would begin years after the records that are before them.
    """
    if writing.clock.pretended or writing.mark("kind") is None:
        return
    others = writing.select(t.History).where(t.History.actor != writing.actor.person)
    last = writing.first(others.order_by(col(t.History.at).desc()).limit(1))
    ticked = writing.mark("last_tick")
    moments = [datetime.fromisoformat(ticked)] if ticked else []
    moments += [last.at] if last else []
    if moments:
        writing.replan_all()  # so that what is new has its place in the schedule to turn back
        schedule.turn_back(writing.session, writing.key, max(moments), ticked)


def _apply(
    writing: Writing,
    before: dict[str, Any],
    after: dict[str, Any],
    outcome: ApplyOutcome,
    *,
    first: bool,
) -> None:
    _apply_force(writing, before, after, outcome, first=first)
    for key, old, new in differences(before["boards"], after["boards"]):
        if old and new and has_other_cadence(old, new):
            change_cadence(writing, key, new)
        outcome.changes += _apply_board(writing, key, old, new)
        if new is not None and any(new[name] != (old or {}).get(name) for name in CADENCE):
            outcome.changes += _cadence_gaps(writing, key, new, after["force"]["timezone"])
    for key in dict.fromkeys([*before["meetings"], *after["meetings"]]):
        old, new = before["meetings"].get(key, {}), after["meetings"].get(key, {})
        entry = after["boards"].get(key)
        outcome.changes += _apply_meetings(writing, key, entry, old, new)
    gone = apply_posts(writing, before, after, outcome.changes)
    apply_people(writing, before, after, outcome.changes)
    _apply_order(writing, after["order"])
    if first:
        gone += remove_builtin(writing, after)
    writing.forget_directory()
    _keep(writing, before, after, outcome)
    for post in gone:
        _leave_unowned(writing, post, outcome)


def _apply_force(
    writing: Writing,
    before: dict[str, Any],
    after: dict[str, Any],
    outcome: ApplyOutcome,
    *,
    first: bool,
) -> None:
    """The organisation's own row; its history also tells what the file says of single
    recommendations, whether or not they are there yet."""
    fields: dict[str, Any] = {
        name: day(new) if name == "go_live" else new
        for name, old, new in differences(before["force"], after["force"])
    }
    if first:
        fields["applied_at"] = writing.now
        outcome.changes.append(f"This store is {after['force']['name']}'s from now on.")
    else:
        outcome.changes += [f"{name} is {value} now." for name, value in fields.items()]
    entries: dict[str, tuple[Any, Any]] = {}
    for section in SECTIONS:
        changed = list(differences(before["entries"][section], after["entries"][section]))
        if changed:
            entries[section if section in ("owners", "board_of") else "reminders_of"] = (
                {written: old["value"] for written, old, _ in changed if old},
                {written: new["value"] for written, _, new in changed if new},
            )
    writing.change(writing.organisation, "apply", fields, replan=False, extra=entries or None)


def _apply_board(
    writing: Writing, key: str, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> list[str]:
    row = writing.session.get(t.Board, (writing.key, key))
    subject = Subject.board(key)
    if new is None:
        statement = writing.select(t.Recommendation).where(t.Recommendation.board == key)
        for one in writing.all(statement.order_by(col(t.Recommendation.id))):
            writing.change(one, "apply", {"board": None}, note="its board is gone", replan=False)
        if row is not None:
            writing.note("apply", subject, {"name": (row.name, None)})
            writing.delete(row)
        return [f"Board {key} is gone; what was before it is before the default board."]
    if row is None:
        writing.add(t.Board(organisation=writing.key, key=key, applied_at=writing.now, **new))
        writing.note("apply", subject, {name: (None, value) for name, value in new.items()})
        return [f"Board {key}, {new['name']}, added."]
    fields = {name: value for name, _, value in differences(old or {}, new)}
    writing.change(row, "apply", fields, replan=False)
    return [f"Board {key}: {', '.join(fields)} changed."]


def _cadence_gaps(writing: Writing, board: str, new: dict[str, Any], zone: str) -> list[str]:
    """Sentences about what a board's cadence leaves out."""
    cadence = Cadence(datetime.fromisoformat(new["first"]), new["rule"], new["every_months"])
    gaps = [f"Board {board} does not meet in {gap}." for gap in left_out(cadence)]
    hours = clock_gaps(cadence, ZoneInfo(zone), writing.today.year)
    return gaps + [f"Board {board}: {sentence}" for sentence in hours]


def _apply_meetings(
    writing: Writing,
    board: str,
    entry: dict[str, Any] | None,
    old: dict[str, Any],
    new: dict[str, Any],
) -> list[str]:
    """Moved and cancelled meetings. One moved in chat stands until the file says otherwise, and so
    does one held under an earlier cadence than the board's `entry` has."""
    sentences: list[str] = []
    for original, _, wanted in differences(old, new):
        if wanted is None:
            row = writing.session.get(t.MeetingChange, (writing.key, board, original))
            if row is None or row.source != "file":
                continue
            if entry is not None and not is_meeting(entry, original):
                continue
        if wanted is None and writing.session.get(t.Board, (writing.key, board)) is None:
            was, becomes = forget_meeting(writing, board, original), None
        else:
            to = original if wanted is None else wanted["moved_to"]
            was, becomes = set_meeting(writing, board, original, to, source="file")
        if was != becomes:
            writing.note("apply", Subject.board(board), {f"meeting {original}": (was, becomes)})
            sentences.append(
                f"Board {board}: its meeting of {original} is {becomes or 'as planned'}."
            )
    return sentences


def _apply_order(writing: Writing, order: dict[str, list[str]]) -> None:
    """Boards and posts stand in the file's order, those named elsewhere after them.

    Order is no change of its own in the history: the entries that come and go tell it.
    """
    tables: dict[str, type[t.Board] | type[t.Post]] = {"boards": t.Board, "posts": t.Post}
    for part, table in tables.items():
        places = {key: place for place, key in enumerate(order[part])}
        rows = sorted(writing.all(writing.select(table)), key=lambda row: row.position)
        others = [row.key for row in rows if row.key not in places]
        places |= {key: len(places) + place for place, key in enumerate(others)}
        for row in rows:
            row.position = places[row.key]
            writing.session.add(row)
    writing.session.flush()


def _keep(
    writing: Writing, before: dict[str, Any], after: dict[str, Any], outcome: ApplyOutcome
) -> None:
    """Keep the file. An unchanged entry that was used stays used; one that left is undone."""
    withdrawn = EntriesOutcome()
    for section in SECTIONS:
        old, new = before["entries"][section], after["entries"][section]
        for written, id in before["settled"][section].items():
            if new.get(written) == old.get(written):
                after["settled"][section][written] = id
            elif written not in new:
                withdraw(writing, section, id, old[written]["value"], withdrawn)
    outcome.changes += withdrawn.changes
    writing.organisation.file = after
    writing.session.add(writing.organisation)


def _leave_unowned(writing: Writing, post: str, outcome: ApplyOutcome) -> None:
    """Take what a post owned from it when it is gone; the secretary hears of what is unowned."""
    owned = writing.select(t.Recommendation).where(t.Recommendation.owner == post)
    rows = writing.all(owned.order_by(col(t.Recommendation.id)))
    for row in rows:
        writing.change(row, "apply", {"owner": None}, note=f"the post {post} is gone", replan=False)
    open_ones = [named(writing, row) for row in rows if row.closure is None]
    if open_ones:
        names = ", ".join(open_ones[:10]) + (" and others" if len(open_ones) > 10 else "")
        outcome.warnings.append(f"The post {post} is gone; nobody owns {names} now.")
