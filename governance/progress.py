"""Transitions of progress and closure: the checks, and the state that each leads to.

While open, progress may go from any value to any other, so there is no check for that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from governance.errors import DulyError, RuleError
from governance.states import RecommendationState
from governance.words import Closure, Progress, reference_or_label, short_label


class Closed(RuleError):
    """The recommendation is closed; the sentence names the way back."""


class NotClosed(RuleError):
    """There is nothing to reopen."""


class NotClaimedComplete(RuleError):
    """Only what the force claims complete can be verified."""


class OwnClaim(DulyError):
    """The person claimed it complete, so somebody else has to verify it."""


def name(state: RecommendationState) -> str:
    """A recommendation's name in a sentence: "#24087", or "recommendation 16" without one."""
    return reference_or_label(state.ref, state.kind, state.number)


def say_closure(closure: Closure) -> str:
    """A closure in words: "no further action"."""
    return closure.value.replace("_", " ")


def check_open(state: RecommendationState) -> None:
    """Refuse a change to a closed recommendation: updates, assignments, extensions.

    Raises Closed.
    """
    if state.closure is not None:
        typed = state.ref or short_label(state.kind, state.number)
        raise Closed(
            f"{name(state)} is closed ({say_closure(state.closure)}). "
            f"To change it, first say: reopen {typed} because …"
        )


def check_closure(
    state: RecommendationState, closure: Closure, *, by: str, claimed_by: str | None
) -> None:
    """Refuse a closure that `by` may not make. Persons are keys.

    `verified` comes only from complete, and from somebody other than whoever claimed it. The
    other closures come from any progress; but a claim of one's own is never closed by oneself.
    `claimed_by` made the latest claim; None when the claim came with an import.
    Raises Closed, NotClaimedComplete or OwnClaim.
    """
    check_open(state)
    if closure is Closure.VERIFIED and state.progress is not Progress.COMPLETE:
        raise NotClaimedComplete(
            f"{name(state)} cannot be verified: nobody has claimed it complete yet "
            f"(it is {state.progress.value.replace('_', ' ')})."
        )
    claims = state.progress is Progress.COMPLETE
    if claims and claimed_by is not None and by == claimed_by:
        raise OwnClaim(f"You claimed {name(state)} complete, so somebody else must close it.")


def check_reopening(state: RecommendationState) -> None:
    """Raises NotClosed when the recommendation is open."""
    if state.closure is None:
        raise NotClosed(f"{name(state)} is open already.")


@dataclass(frozen=True)
class ProgressState:
    """A recommendation's progress, the claim that it is complete, and its closure."""

    progress: Progress
    completed_by: str | None = None
    """The person key of whoever claimed it complete; None for a claim that was imported."""
    progress_before_complete: Progress | None = None
    closure: Closure | None = None
    closed_at: datetime | None = None


def updated(state: ProgressState, progress: Progress, *, by: str) -> ProgressState:
    """The state after `by` said how it goes. A claim of complete keeps its first author, and
    ends with any other progress."""
    if progress is not Progress.COMPLETE:
        return replace(state, progress=progress, completed_by=None, progress_before_complete=None)
    if state.progress is Progress.COMPLETE:
        return state
    return replace(
        state,
        progress=progress,
        completed_by=by,
        progress_before_complete=state.progress,
    )


def closed(state: ProgressState, closure: Closure, *, at: datetime) -> ProgressState:
    """The state after sign-off; progress and the claim stay as they were."""
    return replace(state, closure=closure, closed_at=at)


def reopened(state: ProgressState) -> ProgressState:
    """The state of one that is open again: its progress is the last other than complete, on
    track where none is known, and nobody claims it complete."""
    progress: Progress | None = state.progress
    if progress is Progress.COMPLETE:
        progress = state.progress_before_complete
    if progress is None or progress is Progress.COMPLETE:
        progress = Progress.ON_TRACK
    return ProgressState(progress)
