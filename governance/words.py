"""The field's own words, as values (DESIGN: the words).

Each value is what the store, the JSON shapes and the commands use.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of item in a report."""

    RECOMMENDATION = "recommendation"
    AFI = "afi"
    CAUSE_OF_CONCERN = "cause_of_concern"

    @property
    def noun(self) -> str:
        """The kind as a person says it: "recommendation", "AFI", "cause of concern"."""
        return {"afi": "AFI", "cause_of_concern": "cause of concern"}.get(self.value, self.value)


def label(kind: Kind, number: str) -> str:
    """An item's name within its report: "recommendation 16", "AFI 1"."""
    return f"{kind.noun} {number}"


def reference_or_label(ref: str | None, kind: str, number: str) -> str:
    """A recommendation's name where its report is known: "#24087", else "recommendation 16"."""
    return f"#{ref}" if ref else label(Kind(kind), number)


def short_label(kind: str, number: str) -> str:
    """An item as it is typed: "rec 16", "AFI 1", "CoC 2"."""
    return f"{_SHORT[Kind(kind)]} {number}"


_SHORT = {Kind.RECOMMENDATION: "rec", Kind.AFI: "AFI", Kind.CAUSE_OF_CONCERN: "CoC"}


class Progress(StrEnum):
    """The force's own claim of how it goes."""

    NOT_STARTED = "not_started"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    COMPLETE = "complete"


class Closure(StrEnum):
    """The ways in which a recommendation ends, after sign-off."""

    VERIFIED = "verified"
    SUPERSEDED = "superseded"
    NO_FURTHER_ACTION = "no_further_action"
    NOT_ADOPTED = "not_adopted"


class Position(StrEnum):
    """The inspectorate's view, held apart from progress: self-assessment is not verification."""

    AWAITING_REVIEW = "awaiting_review"
    BEING_PROGRESSED = "being_progressed"
    COMPLETE = "complete"
    NO_FURTHER_ACTION = "no_further_action"


class DeadlineKind(StrEnum):
    """The sources of a deadline."""

    BY_DATE = "by_date"
    IMMEDIATE = "immediate"
    RELATIVE = "relative"
    NONE = "none"


class Role(StrEnum):
    """The role of a post (governance.rights); a person has the roles of all posts they hold."""

    VIEWER = "viewer"
    OWNER = "owner"
    LEAD = "lead"
    SECRETARY = "secretary"
    CHAIR = "chair"
    PCC = "pcc"
    ADMIN = "admin"


class Rule(StrEnum):
    """The reminder rules; `reminders.rules.TABLE` has one line for each."""

    DEADLINE = "deadline"
    OVERDUE = "overdue"
    BOARD_UPDATE_REQUEST = "board_update_request"
    BOARD_CHASE = "board_chase"
    BOARD_AGENDA = "board_agenda"
    BOARD_STARTING = "board_starting"
    UNOWNED = "unowned"
    AWAITING_SIGN_OFF = "awaiting_sign_off"
    STATUTORY_RESPONSE = "statutory_response"
    ASSIGNED = "assigned"
    STARTING_LIST = "starting_list"
