"""The JSON that the command line prints for programs: one model a shape (docs/json.md).

Counts are integers, what is not known is null or empty, dates are ISO 8601.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from governance.brag import Brag
from governance.words import Closure, DeadlineKind, Kind, Position, Progress

Day = date  # where a field is itself called "date"
Colour = Literal["blue", "green", "red", "amber", "white"]


class Shape(BaseModel):
    """A value built from a plain dataclass of the core, field by field."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")

    def as_json(self) -> str:
        return self.model_dump_json(indent=2)


class FactShape(Shape):
    label: str
    value: str
    day: date | None


class ButtonShape(Shape):
    label: str
    command: str
    style: str
    opens_form: bool


class CardShape(Shape):
    title: str
    subtitle: str
    brag: Colour | None
    text: str
    points: list[str]
    facts: list[FactShape]
    buttons: list[ButtonShape]

    @field_validator("brag", mode="before")
    @classmethod
    def _colour(cls, value: object) -> object:
        return value.colour if isinstance(value, Brag) else value


class Say(Shape):
    """The answer to `duly say`."""

    ok: bool
    visibility: Literal["private", "channel"]
    text: str
    cards: list[CardShape]


class WarningShape(Shape):
    line: int | None
    text: str


class FileShape(Shape):
    file: str
    report: str | None
    force: str | None
    added: int
    changed: int
    unchanged: int
    warnings: list[WarningShape]


class Import(Shape):
    """What `duly import` did, a file at a time; a file that cannot be read is not among them."""

    files: list[FileShape]


class ReminderShape(Shape):
    """One reminder: `at` is ISO 8601 with seconds and the zone's offset."""

    at: str
    rule: str
    ref: str | None
    recommendation: str | None
    board: str | None
    to: str
    person: str | None
    days: int | None
    why: str


class MessageShape(Shape):
    to: str
    person: str | None
    text: str
    reminders: list[ReminderShape]


class SkippedShape(Shape):
    reminder: ReminderShape
    reason: str


class Tick(Shape):
    """What one pass of the scheduler delivered, and what it skipped and why."""

    messages: list[MessageShape]
    skipped: list[SkippedShape]


class Forecast(Shape):
    """Every reminder that will fall due, sorted by at, rule, ref, board, to."""

    reminders: list[ReminderShape]


class EntryShape(Shape):
    """A message with its reminders, or a reminder in none: `number` is "12" or "r57"."""

    number: str
    state: Literal["planned", "gathered", "claimed", "held", "failed", "skipped", "sent"]
    due: str
    what: str
    to: str
    person: str | None
    attempts: int
    reason: str | None
    next_attempt: str | None
    sent: str | None
    repeat: bool
    reminders: list[ReminderShape]

    @field_validator("due", "next_attempt", "sent", mode="before")
    @classmethod
    def _moment(cls, value: object) -> object:
        return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


class Ledger(Shape):
    """What is planned, on its way, held, skipped, failed, and lately sent: `duly ledger`."""

    entries: list[EntryShape]
    left_out: int


class RetriedShape(Shape):
    number: str
    ok: bool
    text: str


class Retry(Shape):
    """What `duly ledger retry` did; `ok` is false when any entry cannot be tried again."""

    ok: bool
    entries: list[RetriedShape]


class MilestoneShape(Shape):
    date: Day
    text: str


class UpdateShape(Shape):
    at: str
    by: str
    progress: Progress
    text: str


class RecommendationShape(Shape):
    ref: str | None
    kind: Kind
    number: str
    report: str
    force: str
    theme: str | None
    addressee: str | None
    text: str
    points: list[str]
    deadline: date | None
    original_deadline: date | None
    deadline_kind: DeadlineKind
    deadline_text: str | None
    milestones: list[MilestoneShape]
    response: str | None
    updates: list[UpdateShape]
    progress: Progress
    closure: Closure | None
    inspectorate_position: Position | None
    brag: Colour
    owner: str | None
    board: str | None
    updated_at: str


class ReportShape(Shape):
    title: str
    force: str
    inspectorate: str | None
    published: date | None
    grade: str | None
    pcc: str | None
    chief_constable: str | None
    summary: str | None
    pcc_response: str | None
    chief_constable_response: str | None
    pcc_comments: str | None


class Export(Shape):
    """Everything the store holds: `duly export`."""

    recommendations: list[RecommendationShape]
    reports: list[ReportShape]


class Apply(Shape):
    """What applying an organisation file changed."""

    changes: list[str]
    warnings: list[str]


class Audit(Shape):
    """Whether the history is as it was written; `problems` say where it is not."""

    ok: bool
    changes: int
    """How many the chain holds."""
    head: str
    """The hash of the latest one."""
    problems: list[str]
    keyed_from: int | None
    """The first change that is sealed with a key."""


class CheckShape(Shape):
    name: str
    ok: bool
    text: str
    cure: str


class Doctor(Shape):
    """What `duly doctor` found; `ok` is false when any check is not."""

    ok: bool
    checks: list[CheckShape]
