"""Requests: a text or a submitted form, with the person and channel it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from db.store import Actor

LOCAL = "local"
"""The person of a request that names nobody: a local administrator."""
_LONE = re.compile("[\ud800-\udfff]")
"""A lone surrogate, which JSON and command lines can bring and no store can keep."""


def whole(text: str) -> str:
    """A text whose lone surrogates are replaced by U+FFFD."""
    return _LONE.sub("\ufffd", text)


@dataclass(frozen=True)
class FormAnswer:
    """A submitted form: its name, what it is about, and the values typed."""

    name: str
    target: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", whole(self.name))
        object.__setattr__(self, "target", whole(self.target))
        values = {whole(name): whole(value) for name, value in self.values.items()}
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class Request:
    """One command, press or submitted form, in whole characters (`whole`).

    `person` is a person key of the organisation, already resolved by the face from the
    platform's id; None is a member of the workspace with no post (a viewer).
    """

    text: str = ""
    person: str | None = LOCAL
    face: str = "cli"
    channel: str | None = None
    """The channel with its #, None in a direct message."""
    shared: bool = False
    """The channel is shared with another organisation."""
    form: FormAnswer | None = None
    id: str | None = None
    """Its idempotency key: the platform's own id, so that a redelivery acts once."""

    def __post_init__(self) -> None:
        for name in ("text", "person", "channel", "id"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, whole(value))

    @property
    def actor(self) -> Actor:
        """The person and face for the history."""
        return Actor(self.person or "a viewer", self.face)
