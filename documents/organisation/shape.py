"""Schema of an organisation file, key by key (pydantic), before keys are looked up."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from documents.organisation import words
from documents.organisation.problems import listed, quoted, suggestion
from governance.words import Role


def _role(value: Any) -> Role:
    if isinstance(value, str) and value.casefold() in set(Role):
        return Role(value.casefold())
    hint = suggestion(str(value), Role)
    raise ValueError(f"{quoted(value)} is no role; write {listed(Role)}{hint}")


def _many(value: Any) -> Any:
    """Nothing is no items; one item stands for a list of it."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _some(value: Any) -> Any:
    """A key with nothing after it is an empty mapping."""
    return {} if value is None else value


def _list(value: Any) -> Any:
    """A key with nothing after it is an empty list."""
    return [] if value is None else value


def _holders(value: Any) -> Any:
    return [{"person": v} if isinstance(v, str) else v for v in _many(value)]


Key = Annotated[str, BeforeValidator(words.read_key)]
Day = Annotated[date, BeforeValidator(words.read_date)]
Moment = Annotated[datetime, BeforeValidator(words.read_moment)]
Text = Annotated[str, Field(min_length=1)]


class FilePart(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class ForceShape(FilePart):
    key: Key
    name: Text
    timezone: Text = "Europe/London"
    holidays: Text = "GB-ENG"


class CadenceShape(FilePart):
    first: Moment
    every: Annotated[tuple[str | None, int | None] | None, BeforeValidator(words.read_every)] = None
    rule: Annotated[str | None, BeforeValidator(words.read_rule)] = None
    months_left_out: Annotated[
        tuple[int, ...], Field(alias="except"), BeforeValidator(words.read_months)
    ] = ()


class BoardShape(FilePart):
    key: Key
    name: Text
    cadence: CadenceShape
    chair: Key | None = None
    secretary: Key | None = None
    channel: Annotated[str | None, BeforeValidator(words.read_channel)] = None
    minutes: Annotated[int, Field(ge=1, le=1440)] = 120
    moved: Annotated[dict[Moment, Moment], BeforeValidator(_some)] = {}
    cancelled: Annotated[list[Moment], BeforeValidator(_many)] = []


class TenureShape(FilePart):
    person: Key
    start: Annotated[Day | None, Field(alias="from")] = None
    end: Annotated[Day | None, Field(alias="to")] = None


class PostShape(FilePart):
    key: Key
    title: Text
    role: Annotated[Role, BeforeValidator(_role)]
    holder: Annotated[list[TenureShape], BeforeValidator(_holders)] = []
    deputy: Key | None = None


class PersonShape(FilePart):
    key: Key
    name: Text | None = None
    away: Annotated[
        list[Annotated[tuple[date, date], BeforeValidator(words.read_absence)]],
        BeforeValidator(_many),
    ] = []

    @property
    def identities(self) -> dict[str, str]:
        ids = {platform: getattr(self, platform) for platform in words.PLATFORMS}
        return {platform: id for platform, id in ids.items() if id is not None}


if not TYPE_CHECKING:  # the platforms' keys are read by `identities` alone
    PersonShape = create_model(
        "PersonShape",
        __base__=PersonShape,
        **{
            platform: (Annotated[Text, BeforeValidator(read)] | None, None)
            for platform, read in words.PLATFORMS.items()
        },
    )


class FileShape(FilePart):
    force: ForceShape
    go_live: Day | None = None
    boards: Annotated[list[BoardShape], BeforeValidator(_list)] = []
    posts: Annotated[list[PostShape], BeforeValidator(_list)] = []
    people: Annotated[list[PersonShape], BeforeValidator(_list)] = []
    owners: Annotated[dict[str, Text], BeforeValidator(_some)] = {}
    board_of: Annotated[dict[str, Text], BeforeValidator(_some)] = {}
    default_board: Key | None = None
    reminders: Annotated[dict[str, Any], BeforeValidator(_some)] = {}
    """Read by `overrides`, which knows the rules."""


SHAPES: dict[tuple[str, ...], type[FilePart]] = {
    (): FileShape,
    ("force",): ForceShape,
    ("boards",): BoardShape,
    ("boards", "cadence"): CadenceShape,
    ("posts",): PostShape,
    ("posts", "holder"): TenureShape,
    ("people",): PersonShape,
}
"""The schemas by their paths; a path without the numbers of list items."""
