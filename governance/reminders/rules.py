"""The table of reminder rules, as data (DESIGN: reminders), and what overrides make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from enum import StrEnum
from typing import Any

from governance.directory import Directory
from governance.words import Rule

COUNTDOWN = (28, 14, 7, 1, 0)


class Move(StrEnum):
    """Where a reminder goes that would fall on a day nobody works."""

    BACK = "back"
    FORWARD = "forward"
    NEVER = "never"


class About(StrEnum):
    """The kind of subject whose timetable a rule belongs to."""

    RECOMMENDATION = "recommendation"
    REPORT = "report"
    BOARD = "board"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class RuleSettings:
    """One line of the table. Only the fields that a rule uses are set."""

    rule: Rule
    about: About
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


TABLE: tuple[RuleSettings, ...] = (
    RuleSettings(Rule.DEADLINE, About.RECOMMENDATION, move=Move.BACK, days=COUNTDOWN),
    RuleSettings(
        Rule.OVERDUE,
        About.RECOMMENDATION,
        move=Move.FORWARD,
        every=7,
        lead_from=7,
        chair_at=14,
        chair_every=28,
    ),
    RuleSettings(Rule.BOARD_UPDATE_REQUEST, About.BOARD, working_days=5),
    RuleSettings(Rule.BOARD_CHASE, About.BOARD, working_days=2),
    RuleSettings(Rule.BOARD_AGENDA, About.BOARD, at=time(16), working_days=1),
    RuleSettings(Rule.BOARD_STARTING, About.BOARD, minutes=30),
    RuleSettings(Rule.UNOWNED, About.ORGANISATION, move=Move.FORWARD, weekday=0),
    RuleSettings(Rule.AWAITING_SIGN_OFF, About.ORGANISATION, move=Move.FORWARD, weekday=0),
    RuleSettings(Rule.STATUTORY_RESPONSE, About.REPORT, move=Move.BACK, days=COUNTDOWN),
)
BY_RULE: Mapping[Rule, RuleSettings] = {line.rule: line for line in TABLE}

OVERRIDABLE = frozenset({"enabled", "days", "every", "working_days", "minutes"})
_KNOWN = frozenset(f.name for f in fields(RuleSettings))
assert OVERRIDABLE <= _KNOWN


def settings(
    directory: Directory, rule: Rule, *, board: str | None = None, recommendation: int | None = None
) -> RuleSettings:
    """A rule as it stands for one subject: a recommendation's word beats its board's, which
    beats the organisation's, which beats the table."""
    said = directory.overrides
    line = BY_RULE[rule]
    key = board or directory.default_board
    for layer in (
        said.organisation,
        said.boards.get(key, {}) if key else {},
        said.recommendations.get(recommendation, {}) if recommendation is not None else {},
    ):
        line = _overridden(line, layer.get(rule.value, {}))
    return line


def variants(directory: Directory, rule: Rule, *, board: str | None = None) -> list[RuleSettings]:
    """Every way a rule stands for anything before a board (None: before any), switched off ones
    left out: the board's own first, then those that single recommendations have."""
    boards = [board] if board or not directory.boards else list(directory.boards)
    found = [settings(directory, rule, board=key) for key in boards]
    found += [
        settings(directory, rule, board=key, recommendation=id)
        for id, said in directory.overrides.recommendations.items()
        if rule.value in said
        for key in boards
    ]
    return list(dict.fromkeys(line for line in found if line.enabled))


def _overridden(line: RuleSettings, said: Mapping[str, Any]) -> RuleSettings:
    if not said:
        return line
    changes = {k: v for k, v in said.items() if k in OVERRIDABLE}
    if "days" in changes:
        changes["days"] = tuple(changes["days"])
    return replace(line, **changes)
