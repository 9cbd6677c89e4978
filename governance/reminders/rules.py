"""The table of reminder rules, as data (DESIGN: reminders), and what overrides make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from enum import StrEnum
from typing import Any

from governance.directory import Directory
from governance.subject import SubjectKind
from governance.words import Rule

COUNTDOWN = (28, 14, 7, 1, 0)


class Move(StrEnum):
    """The shift of a reminder that would fall on a day nobody works."""

    BACK = "back"
    FORWARD = "forward"
    NEVER = "never"


class Medium(StrEnum):
    """The kind of message that carries a reminder."""

    DIGEST = "digest"
    """One message a person and day, with all that falls to them."""
    CHANNEL = "channel"
    """A post by itself, even where a board has no channel and a person gets it."""
    NOTICE = "notice"
    """A message by itself, sent at once, outside working hours too."""


class SettledBy(StrEnum):
    """An event that makes a planned reminder needless before it is sent."""

    CLOSURE = "closure"
    CLAIM = "claim"
    """The recommendation is claimed complete."""
    NO_CLAIM = "no_claim"
    """The claim that it is complete was withdrawn."""
    UPDATE = "update"
    OWNER = "owner"
    NEW_DEADLINE = "new_deadline"
    RESPONSE = "response"
    """The report was answered."""
    MEETING = "meeting"
    """The meeting was cancelled, or has begun."""


@dataclass(frozen=True)
class RuleSettings:
    """One line of the table. Only the fields that a rule uses are set."""

    rule: Rule
    about: SubjectKind
    """The kind of subject whose timetable it belongs to."""
    medium: Medium = Medium.DIGEST
    settled_by: tuple[SettledBy, ...] = ()
    """In the order in which they are given as the reason."""
    answered_by: frozenset[str] = frozenset()
    """The actions, as the history names them, that strike its line out of a sent digest."""
    snoozable: bool = False
    """It asks an owner for an answer, and the owner may let it wait."""
    catches_up: bool = False
    """It is still sent when its meeting was moved so that its moment is past."""
    forecast: bool = True
    """It follows a timetable that the organisation file may change. The others tell of an event."""
    at: time = time(9)
    move: Move = Move.NEVER
    days: tuple[int, ...] = ()
    """Calendar days before the date it is about."""
    every: int | None = None
    """Calendar days between repetitions after the date it is about."""
    working_days: int | None = None
    """Working days strictly before a meeting's local date."""
    minutes: int | None = None
    """Minutes before a meeting's start."""
    lead_from: int | None = None
    """The repetition, in days after the date, from which the lead gets it too."""
    chair_at: int | None = None
    chair_every: int | None = None
    """The chair gets it at `chair_at` days and every `chair_every` after."""
    weekday: int | None = None
    """0 = Monday."""
    enabled: bool = True


ANSWERS = frozenset({"update", "assign", "close", "extend"})
_OF_A_DEADLINE = (SettledBy.CLOSURE, SettledBy.CLAIM, SettledBy.NEW_DEADLINE)
_OF_AN_UPDATE = (SettledBy.MEETING, SettledBy.CLOSURE, SettledBy.UPDATE, SettledBy.CLAIM)

TABLE: tuple[RuleSettings, ...] = (
    RuleSettings(
        Rule.DEADLINE,
        SubjectKind.RECOMMENDATION,
        settled_by=_OF_A_DEADLINE,
        answered_by=ANSWERS,
        snoozable=True,
        move=Move.BACK,
        days=COUNTDOWN,
    ),
    RuleSettings(
        Rule.OVERDUE,
        SubjectKind.RECOMMENDATION,
        settled_by=_OF_A_DEADLINE,
        answered_by=ANSWERS,
        snoozable=True,
        move=Move.FORWARD,
        every=7,
        lead_from=7,
        chair_at=14,
        chair_every=28,
    ),
    RuleSettings(
        Rule.BOARD_UPDATE_REQUEST,
        SubjectKind.BOARD,
        settled_by=_OF_AN_UPDATE,
        answered_by=ANSWERS,
        snoozable=True,
        catches_up=True,
        working_days=5,
    ),
    RuleSettings(
        Rule.BOARD_CHASE,
        SubjectKind.BOARD,
        settled_by=_OF_AN_UPDATE,
        answered_by=ANSWERS,
        snoozable=True,
        catches_up=True,
        working_days=2,
    ),
    RuleSettings(
        Rule.BOARD_AGENDA,
        SubjectKind.BOARD,
        Medium.CHANNEL,
        settled_by=(SettledBy.MEETING,),
        catches_up=True,
        at=time(16),
        working_days=1,
    ),
    RuleSettings(
        Rule.BOARD_STARTING,
        SubjectKind.BOARD,
        Medium.CHANNEL,
        settled_by=(SettledBy.MEETING,),
        minutes=30,
    ),
    RuleSettings(
        Rule.UNOWNED,
        SubjectKind.ORGANISATION,
        settled_by=(SettledBy.CLOSURE, SettledBy.OWNER),
        answered_by=frozenset({"assign", "close"}),
        move=Move.FORWARD,
        weekday=0,
    ),
    RuleSettings(
        Rule.AWAITING_SIGN_OFF,
        SubjectKind.ORGANISATION,
        settled_by=(SettledBy.CLOSURE, SettledBy.NO_CLAIM),
        answered_by=ANSWERS,
        move=Move.FORWARD,
        weekday=0,
    ),
    RuleSettings(
        Rule.STATUTORY_RESPONSE,
        SubjectKind.REPORT,
        settled_by=(SettledBy.RESPONSE,),
        move=Move.BACK,
        days=COUNTDOWN,
    ),
    RuleSettings(Rule.ASSIGNED, SubjectKind.RECOMMENDATION, Medium.NOTICE, forecast=False),
    RuleSettings(Rule.STARTING_LIST, SubjectKind.ORGANISATION, forecast=False),
)
BY_RULE: Mapping[Rule, RuleSettings] = {line.rule: line for line in TABLE}


def rules_where(holds: Callable[[RuleSettings], bool]) -> tuple[Rule, ...]:
    """The rules whose line of the table meets a condition, in the table's order."""
    return tuple(line.rule for line in TABLE if holds(line))


BOARD_RULES = rules_where(lambda line: line.about is SubjectKind.BOARD)
DEADLINE_RULES = rules_where(lambda line: SettledBy.NEW_DEADLINE in line.settled_by)
UPDATE_RULES = rules_where(lambda line: SettledBy.UPDATE in line.settled_by)
WEEKLY_RULES = rules_where(lambda line: line.weekday is not None)

OVERRIDABLE = frozenset({"enabled", "days", "every", "working_days", "minutes"})
_KNOWN = frozenset(f.name for f in fields(RuleSettings))
assert OVERRIDABLE <= _KNOWN


def settings(
    directory: Directory, rule: Rule, *, board: str | None = None, recommendation: int | None = None
) -> RuleSettings:
    """A rule's line for one subject: a recommendation's override beats its board's, which beats the
    organisation's, which beats the table."""
    overrides = directory.overrides
    line = BY_RULE[rule]
    key = board or directory.default_board
    for layer in (
        overrides.organisation,
        overrides.boards.get(key, {}) if key else {},
        overrides.recommendations.get(recommendation, {}) if recommendation is not None else {},
    ):
        line = _overridden(line, layer.get(rule.value, {}))
    return line


def variants(directory: Directory, rule: Rule, *, board: str | None = None) -> list[RuleSettings]:
    """Every way a rule stands for anything before a board (None: before any), switched off ones
    left out: the board's own first, then those that single recommendations have."""
    boards = [board] if board or not directory.boards else list(directory.boards)
    lines = [settings(directory, rule, board=key) for key in boards]
    lines += [
        settings(directory, rule, board=key, recommendation=id)
        for id, overrides in directory.overrides.recommendations.items()
        if rule.value in overrides
        for key in boards
    ]
    return list(dict.fromkeys(line for line in lines if line.enabled))


def _overridden(line: RuleSettings, override: Mapping[str, Any]) -> RuleSettings:
    if not override:
        return line
    changes = {k: v for k, v in override.items() if k in OVERRIDABLE}
    if "days" in changes:
        changes["days"] = tuple(changes["days"])
    return replace(line, **changes)
