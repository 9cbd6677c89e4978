"""Rows: the reminders that fall at a moment, their recipients and reasons (DESIGN: reminders)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from governance.directory import Board, Directory
from governance.meetings import previous_meeting
from governance.reminders.model import Addressee, Row, Schedule, Snapshot, subject_key
from governance.reminders.recipients import secretary_of, shares
from governance.reminders.relevance import owes_update
from governance.reminders.rules import Medium, settings
from governance.reminders.slots import Slot
from governance.reminders.timetable import next_slots
from governance.states import RecommendationState, ReportState
from governance.words import Role, Rule

INSTANT = timedelta(microseconds=1)


def rows_at(moment: datetime, snapshot: Snapshot) -> list[Row]:
    """The reminders about one subject that fall at exactly `moment`, one a recipient."""
    schedule = Schedule(snapshot.directory, snapshot.subject)
    slots = next_slots(schedule, moment - INSTANT)
    return rows_of([slot for slot in slots if slot.at == moment], snapshot)


def rows_of(slots: Iterable[Slot], snapshot: Snapshot) -> list[Row]:
    """The reminders of the slots that one moment has (`walk` gives them), one a recipient."""
    pairs = [(slot, row) for slot in slots for row in _rows(slot, snapshot)]
    if any(slot.caught_up and slot.rule is Rule.BOARD_UPDATE_REQUEST for slot, _ in pairs):
        return _replaced(pairs)
    return [row for _, row in pairs]


def _replaced(pairs: Iterable[tuple[Slot, Row]]) -> list[Row]:
    """Without what is asked for by a request made good, where the chase that falls with it asks
    the same person for the same: the later of two replaces the earlier."""
    pairs = list(pairs)
    chased: dict[tuple[datetime | None, str], set[int]] = defaultdict(set)
    for slot, row in pairs:
        if slot.rule is Rule.BOARD_CHASE and slot.meeting:
            chased[slot.meeting.original, row.recipient].update(row.items)
    kept = []
    for slot, row in pairs:
        if slot.caught_up and slot.rule is Rule.BOARD_UPDATE_REQUEST and slot.meeting:
            again = chased[slot.meeting.original, row.recipient]
            row = replace(row, items=tuple(i for i in row.items if i not in again))
            if not row.items:
                continue
        kept.append(row)
    return kept


def _rows(slot: Slot, snapshot: Snapshot) -> list[Row]:
    directory = snapshot.directory
    subject = snapshot.subject
    plain = partial(
        Row,
        at=slot.at,
        rule=slot.rule,
        subject=subject_key(subject),
        occurrence=slot.occurrence,
        why=slot.why,
        days=slot.days,
        recommendation=subject.id if isinstance(subject, RecommendationState) else None,
    )
    match subject:
        case RecommendationState() as about:
            addressees = _about_recommendation(directory, about, slot)
        case ReportState() as report:
            plain = partial(plain, report=report.id)
            addressees = [Addressee(secretary_of(directory, None))]
        case Board() as board:
            plain = partial(plain, board=board.key)
            if slot.settings.medium is Medium.CHANNEL and board.channel:
                return [plain(to=board.channel, person=None)]
            if slot.settings.medium is Medium.CHANNEL:
                # A board without a channel is told through its secretary.
                addressees = [Addressee(board.secretary, board=board.key)]
            else:
                addressees = _update_requests(directory, board, slot, snapshot.recommendations)
        case Directory():
            addressees = _weekly(directory, slot, snapshot.recommendations)
    return _addressed(plain, directory, addressees, slot.at.date())


def _about_recommendation(
    directory: Directory, about: RecommendationState, slot: Slot
) -> list[Addressee]:
    """The owner; for an overdue one the lead and the chair as well, as time goes on."""
    board = directory.board_of(about.board)
    key = board.key if board else None
    addressees = [Addressee(about.owner or secretary_of(directory, board), board=key)]
    line = slot.settings
    if line.lead_from is not None and slot.offset >= line.lead_from:
        lead = directory.first_post(Role.LEAD)
        addressees.append(Addressee(lead.key if lead else None, board=key))
    if _reaches_chair(slot) and board and board.chair:
        addressees.append(Addressee(board.chair, board=key))
    return addressees


def _reaches_chair(slot: Slot) -> bool:
    """At `chair_at` days and every `chair_every` after; with another rhythm, the first repetition
    at or past each of these."""
    line = slot.settings
    if line.chair_at is None or line.chair_every is None or slot.offset < line.chair_at:
        return False
    since = (slot.offset - line.chair_at) % line.chair_every
    return since < (line.every or 7)


def _update_requests(
    directory: Directory, board: Board, slot: Slot, among: Iterable[RecommendationState]
) -> list[Addressee]:
    """Each owner with open recommendations on the board and no update since its last meeting."""
    previous = previous_meeting(board, directory, slot.at + INSTANT)
    owing: dict[str, list[int]] = defaultdict(list)
    for one in among:
        if one.owner is None or one.imported_at >= slot.at:
            continue
        if not owes_update(directory, board, previous, one, (slot.rule,)):
            continue
        own = settings(directory, slot.rule, board=one.board, recommendation=one.id)
        # A recommendation asked for at another time than the rest has a slot of its own.
        if own.working_days == slot.settings.working_days:
            owing[one.owner].append(one.id)
    return [Addressee(post, tuple(items), board.key) for post, items in owing.items()]


def _weekly(
    directory: Directory, slot: Slot, among: Iterable[RecommendationState]
) -> list[Addressee]:
    """The Monday lists and, on `go_live`, the starting lists; nobody gets an empty one."""
    imported = [r for r in among if r.imported_at < slot.at and _enabled(directory, slot.rule, r)]
    lead = directory.first_post(Role.LEAD)
    if slot.rule is Rule.UNOWNED:
        items = tuple(r.id for r in imported if r.is_open and r.owner is None)
        return [Addressee(secretary_of(directory, None), items)] if items else []
    if slot.rule is Rule.STARTING_LIST:
        return _starting(lead.key if lead else None, imported)
    waiting = [r for r in imported if r.awaits_sign_off]
    if not waiting:
        return []
    addressees = [Addressee(lead.key if lead else None, tuple(r.id for r in waiting))]
    by_board: dict[str | None, list[int]] = defaultdict(list)
    for one in waiting:
        board = directory.board_of(one.board)
        by_board[board.key if board else None].append(one.id)
    for key, listed in by_board.items():
        board = directory.boards.get(key) if key else None
        if board and board.chair:
            addressees.append(Addressee(board.chair, tuple(listed), key))
    return addressees


def _starting(lead: str | None, imported: list[RecommendationState]) -> list[Addressee]:
    """Each owner's open recommendations, and all of them to the lead."""
    owned: dict[str, list[int]] = defaultdict(list)
    for one in imported:
        if one.is_open and one.owner:
            owned[one.owner].append(one.id)
    everything = tuple(r.id for r in imported if r.is_open)
    addressees = [Addressee(post, tuple(items)) for post, items in owned.items() if post != lead]
    return [*([Addressee(lead, everything)] if everything else []), *addressees]


def _enabled(directory: Directory, rule: Rule, one: RecommendationState) -> bool:
    """False where the rule is switched off for this recommendation; a list leaves it out then."""
    if rule is Rule.STARTING_LIST:
        return True
    return settings(directory, rule, board=one.board, recommendation=one.id).enabled


def _addressed(
    plain: Callable[..., Row], directory: Directory, addressees: Sequence[Addressee], day: date
) -> list[Row]:
    """One row a person: of several the first is kept, and what the others list is added."""
    return [
        plain(to=one.to, person=one.person, items=one.items, addressees=one.addressees)
        for one in shares(directory, addressees, day)
    ]
