"""What a face hands to the core: who said what, where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LOCAL = "local"
"""The person who speaks when nobody is named: a local administrator."""


@dataclass(frozen=True)
class FormAnswer:
    """A submitted form: its name, what it is about, and the values typed."""

    name: str
    target: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One thing somebody said, pressed or submitted.

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
    """The platform's own id for this request, so that a redelivery acts once."""
