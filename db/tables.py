"""The tables, one a word of the design. Every row carries its organisation; moments are UTC.

`organisation` is a number of this store's own, so that the first `apply` can name the built-in
organisation anew without touching the append-only history.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """A time-zone-aware moment, kept in UTC (SQLite itself forgets zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return _to_file if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, _kind: object) -> Callable[[Any], Any]:
        """Converts in one step, where other types take two or three: most rows have moments."""
        return _from_file if dialect.name == "sqlite" else _in_utc


@lru_cache(maxsize=4096)
def _from_file(value: str | None) -> datetime | None:
    """Parses a moment; rows that came together share theirs."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if value is not None else None


def _in_utc(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value is not None else None


def _to_utc(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return _in_utc(value)


def _to_file(value: datetime | None) -> str | None:
    # Of two moments of an hour that comes twice, Python says that they are equal.
    return _written(value, value.fold) if value is not None else None


@lru_cache(maxsize=4096)
def _written(value: datetime, _fold: int) -> str:
    """Formats a moment; rows that are written together share theirs."""
    moment = _to_utc(value)
    assert moment is not None
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    """A column of aware moments."""
    kind: Any = Moment
    if nullable:
        return Field(default=None, sa_type=kind, nullable=True, index=index)
    return Field(sa_type=kind, nullable=False, index=index)


def json_column(default: type[dict[str, Any]] | type[list[Any]]) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


def scoped(**more: Any) -> Any:
    """The organisation's key."""
    return Field(foreign_key="organisation.id", index=True, **more)


class Table(SQLModel):
    """Base of the tables. A row is never validated, so its schema is built only if asked for: that
    halves the time to import this module, which every command waits for.
    """

    model_config = {"defer_build": True}


class Organisation(Table, table=True):
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    timezone: str = "Europe/London"
    holidays: str = "GB-ENG"
    go_live: date | None = None
    default_board: str | None = None
    reminders: dict[str, Any] = json_column(dict)
    """Overrides as the file has them: {"organisation": …, "boards": …, "recommendations": …}."""
    file: dict[str, Any] = json_column(dict)
    """The file last applied, so that applying again acts only where an entry changed."""
    created_at: datetime = moment()
    applied_at: datetime | None = moment(nullable=True)


class Mark(Table, table=True):
    """A note of the store about itself: `kind` = "pretended" or "demonstration"; `last_tick`."""

    key: str = Field(primary_key=True)
    value: str


class Report(Table, table=True):
    __table_args__ = (UniqueConstraint("organisation", "title_key", "force_key"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    title: str
    title_key: str
    """The title without case, punctuation and a leading article, by which two are one."""
    force: str
    force_key: str
    inspectorate: str | None = None
    published: date | None = None
    published_set_at: datetime | None = moment(nullable=True)
    answered: date | None = None
    grade: str | None = None
    pcc: str | None = None
    chief_constable: str | None = None
    summary: str | None = None
    pcc_response: str | None = None
    chief_constable_response: str | None = None
    pcc_comments: str | None = None
    response: str | None = None
    imported_at: datetime = moment()


class Recommendation(Table, table=True):
    __table_args__ = (
        UniqueConstraint("organisation", "ref"),
        Index("ix_recommendation_deadline", "organisation", "deadline"),
        Index("ix_recommendation_owner", "organisation", "owner"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    report_id: int = Field(foreign_key="report.id", index=True)
    ref: str | None = None
    kind: str
    number: str
    number_stated: bool = False
    position: int = 0
    theme: str | None = None
    addressee: str | None = None
    text: str
    text_key: str
    """The text without case and punctuation, by which an item is recognised on a second import."""
    points: list[str] = json_column(list)
    response: str | None = None
    deadline: date | None = None
    original_deadline: date | None = None
    deadline_kind: str = "none"
    deadline_text: str | None = None
    milestones: list[dict[str, Any]] = json_column(list)
    """[{"date": ISO date, "text": …}]"""
    deadline_version: int = 0
    """Part of a reminder's key; undoing an extension restores the former value."""
    deadline_set_at: datetime | None = moment(nullable=True)
    slips: int = 0
    """The number of extensions granted."""
    progress: str = "not_started"
    completed_by: str | None = None
    """Person key of whoever claimed it complete: they may not verify it."""
    progress_before_complete: str | None = None
    closure: str | None = None
    closed_at: datetime | None = moment(nullable=True)
    inspectorate_position: str | None = None
    owner: str | None = None
    """Post key."""
    owner_words: str | None = None
    """An owner as a tracker wrote it, where no post or person of that name is known."""
    board: str | None = None
    """Board key; None is the default board."""
    imported_at: datetime = moment()
    last_update_at: datetime | None = moment(nullable=True)
    updated_at: datetime = moment()


class Update(Table, table=True):
    """A progress update by a person."""

    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    recommendation_id: int = Field(foreign_key="recommendation.id", index=True)
    at: datetime = moment()
    by: str
    progress: str
    text: str = ""
    evidence: str | None = None
    next_step: str | None = None
    next_by: date | None = None
    undone: bool = False


class ExtensionRequest(Table, table=True):
    """An owner's request for a later deadline, until it is granted, withdrawn or overtaken."""

    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    recommendation_id: int = Field(foreign_key="recommendation.id", index=True)
    to: date
    reason: str
    asked_by: str
    asked_at: datetime = moment()
    state: str = "open"
    """open | granted | withdrawn"""
    decided_by: str | None = None
    decided_at: datetime | None = moment(nullable=True)


class Board(Table, table=True):
    organisation: int = scoped(primary_key=True)
    key: str = Field(primary_key=True)
    name: str
    chair: str | None = None
    secretary: str | None = None
    channel: str | None = None
    first: str
    """Naive local ISO date and time of the cadence's start."""
    rule: str | None = None
    every_months: int | None = None
    minutes: int = 120
    applied_at: datetime = moment()
    position: int = 0
    earlier_cadences: list[dict[str, Any]] = json_column(list)
    """Those under which meetings were held, oldest first: [{first, rule, every_months, until}]."""


class MeetingChange(Table, table=True):
    """One meeting moved (`moved_to`) or cancelled (None), by its original local start.

    One that was put back is "moved" to where it first was: when that was done still counts.
    """

    organisation: int = scoped(primary_key=True)
    board: str = Field(primary_key=True)
    original: str = Field(primary_key=True)
    moved_to: str | None = None
    source: str = "file"
    """file | chat"""
    changed_at: datetime | None = moment(nullable=True)
    """The moment at which it was last moved, cancelled or put back."""


class Post(Table, table=True):
    organisation: int = scoped(primary_key=True)
    key: str = Field(primary_key=True)
    title: str
    role: str
    deputy: str | None = None
    position: int = 0


class Tenure(Table, table=True):
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    post: str
    person: str
    starts: date | None = None
    ends: date | None = None
    position: int = 0


class Person(Table, table=True):
    organisation: int = scoped(primary_key=True)
    key: str = Field(primary_key=True)
    name: str


class Identity(Table, table=True):
    """A person's id on one chat platform, such as U01JANE in Slack."""

    organisation: int = scoped(primary_key=True)
    person: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    platform_id: str


class Absence(Table, table=True):
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    person: str
    starts: date
    ends: date
    source: str = "file"


class Schedule(Table, table=True):
    """One row a subject: "recommendation:12", "board:pib", "report:3", "organisation"."""

    __table_args__ = (
        Index("ix_schedule_due", "organisation", "next_remind_at"),
        Index("ix_schedule_failed", "organisation", "failures"),
        Index("ix_schedule_aside", "organisation", "set_aside_at"),
    )
    organisation: int = scoped(primary_key=True)
    subject: str = Field(primary_key=True)
    planned_through: datetime = moment()
    """Everything due up to and including this moment is in the ledger."""
    next_remind_at: datetime | None = moment(nullable=True)
    failures: int = 0
    set_aside_at: datetime | None = moment(nullable=True)


class Reminder(Table, table=True):
    """One row of the ledger: a rule × a subject × an occurrence × a recipient. Planned once."""

    __table_args__ = (
        UniqueConstraint("organisation", "rule", "subject", "occurrence", "recipient"),
        Index("ix_reminder_state", "organisation", "state", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    rule: str
    subject: str
    occurrence: str
    recipient: str
    """Person key, or the channel with its #."""
    at: datetime = moment()
    to: str
    """Post key, or the channel with its #."""
    person: str | None = None
    recommendation_id: int | None = Field(default=None, index=True)
    report_id: int | None = None
    board: str | None = None
    items: list[int] = json_column(list)
    """Recommendation ids that this row lists, for the rules that list several."""
    days: int | None = None
    why: str
    state: str = "planned"
    """planned | gathered | sent | held | skipped | failed"""
    reason: str | None = None
    late: bool = False
    message_id: int | None = Field(default=None, foreign_key="message.id", index=True)
    planned_at: datetime = moment()
    detail: dict[str, Any] = json_column(dict)
    """Further values for the wording, such as an assignment's old and new owner."""


class Message(Table, table=True):
    """One message of the outbox: the reminders for a destination, local day and kind, gathered."""

    __table_args__ = (Index("ix_message_state", "organisation", "state"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    key: str = Field(unique=True)
    destination: str
    """Person key, or the channel with its #."""
    person: str | None = None
    kind: str
    """digest | channel | notice"""
    day: date
    text: str
    state: str = "gathered"
    """gathered | claimed | sent | held | failed. Claimed is also one whose post was begun and
    whose outcome is not known."""
    reason: str | None = None
    platform: str | None = None
    platform_id: str | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = moment(nullable=True)
    attempts: int = 0
    next_attempt_at: datetime | None = moment(nullable=True)
    repeat: bool = False
    """It may have arrived before: an earlier post was never answered, and cannot be looked for."""
    gathered_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)
    seq: int = 0
    """The end of the history when it was gathered: what is settled is told in a later row."""
    settled: dict[str, str] = json_column(dict)
    """The outcome of its lines since: {"reminder id:recommendation id": words}."""
    revision: int = 0
    """The number of changes of `settled`."""
    shown: int = 0
    """The revision that the platform shows."""


class Destination(Table, table=True):
    """The address of a person or channel on a platform, and when it is free for the next post."""

    organisation: int = scoped(primary_key=True)
    key: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    address: dict[str, Any] = json_column(dict)
    next_free_at: datetime | None = moment(nullable=True)


class Snooze(Table, table=True):
    """A person's reminders of one recommendation put off until the morning of `until`."""

    organisation: int = scoped(primary_key=True)
    person: str = Field(primary_key=True)
    recommendation_id: int = Field(primary_key=True, foreign_key="recommendation.id")
    until: date
    set_at: datetime = moment()


class Seen(Table, table=True):
    """Idempotency keys: requests already acted on, by the platform's own id, with the reply."""

    organisation: int = scoped(primary_key=True)
    request: str = Field(primary_key=True)
    at: datetime = moment()
    reply: dict[str, Any] = json_column(dict)


class History(Table, table=True):
    """Append-only and hash-chained: one row a change, from first import to closure."""

    __table_args__ = (UniqueConstraint("organisation", "seq"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    seq: int
    at: datetime = moment()
    """Field time."""
    recorded_at: datetime = moment()
    """Machine time."""
    actor: str
    """Person key, or the command that acted ("import", "apply")."""
    face: str
    action: str
    """import, update, assign, extend, close, reopen, position, undo, …"""
    subject: str
    """As in Schedule."""
    changes: dict[str, Any] = json_column(dict)
    """{field: [before, after]}, JSON values."""
    note: str = ""
    undoes: int | None = None
    """The seq of the change this one takes back."""
    previous: str
    hash: str


class Installation(Table, table=True):
    """Duly in one workspace of a chat platform. The workspace is the organisation's for good: an
    uninstalled one keeps its row, without tokens."""

    __table_args__ = (UniqueConstraint("platform", "team"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    platform: str
    team: str
    name: str
    bot: str
    """The bot's user id there."""
    token: str | None = None
    """Encrypted; None once uninstalled or revoked."""
    refresh: str | None = None
    """Encrypted; None where tokens are not rotated."""
    expires_at: datetime | None = moment(nullable=True)
    refreshing_until: datetime | None = moment(nullable=True)
    """Until then one process has the refresh token in hand, which is good once."""
    installed_at: datetime = moment()


class Invitation(Table, table=True):
    """A link that installs Duly in one workspace for this organisation, once."""

    id: int | None = Field(default=None, primary_key=True)
    organisation: int = scoped()
    token_hash: str = Field(unique=True)
    expires_at: datetime = moment()
    state_hash: str | None = Field(default=None, index=True)
    """Of the state and the browser's cookie, while somebody is away at the platform's page."""
    state_until: datetime | None = moment(nullable=True)
    used_at: datetime | None = moment(nullable=True)
