"""JSON printed by `--json`: one dataclass a section of docs/json.md.

What a floor returns as a dataclass of that shape already (`ImportOutcome`, `Entries`, `Export` …)
is printed as it is; these are the objects around them. Imported only where JSON is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import PlainSerializer

from bot.doctor.check import Check
from db.importing.records import ImportOutcome
from messages.reply import Card, Visibility
from scheduler.operations import Retried
from scheduler.report import Delivered, RowView, Skipped


def _card(card: Card) -> dict[str, Any]:
    """A card's fields, with the colour of its BRAG; `name` is for the chat platforms only."""
    fields = asdict(card)
    del fields["name"]
    return fields | {"brag": card.brag.colour if card.brag is not None else None}


@dataclass(frozen=True)
class SayOutput:
    ok: bool
    visibility: Visibility
    text: str
    cards: Annotated[tuple[Card, ...], PlainSerializer(lambda cards: [_card(c) for c in cards])]


@dataclass(frozen=True)
class ImportOutput:
    files: Sequence[ImportOutcome]


@dataclass(frozen=True)
class TickOutput:
    messages: Sequence[Delivered]
    skipped: Sequence[Skipped]


@dataclass(frozen=True)
class ForecastOutput:
    reminders: Sequence[RowView]


@dataclass(frozen=True)
class RetryOutput:
    ok: bool
    entries: Sequence[Retried]


@dataclass(frozen=True)
class ApplyOutput:
    changes: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True)
class AuditOutput:
    ok: bool
    changes: int
    head: str
    problems: Sequence[str]
    keyed_from: int | None


@dataclass(frozen=True)
class DoctorOutput:
    ok: bool
    checks: Sequence[Check]
