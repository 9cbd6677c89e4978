"""What may follow what: progress while open, closure, and reopening (DESIGN: progress and closure).

While open, progress may go from any value to any other, so there is no check for that.
"""

from __future__ import annotations

from governance.errors import DulyError, RuleError
from governance.states import RecommendationState
from governance.words import Closure, Progress, label


class Closed(RuleError):
    """The recommendation is closed; the sentence names the way back."""


class NotClosed(RuleError):
    """There is nothing to reopen."""


class NotClaimedComplete(RuleError):
    """Only what the force claims complete can be verified."""


class OwnClaim(DulyError):
    """Who claimed a recommendation complete does not verify it."""


def name(state: RecommendationState) -> str:
    """How a sentence names a recommendation: "#24087", or "recommendation 16" without one."""
    return f"#{state.ref}" if state.ref else label(state.kind, state.number)


def say_closure(closure: Closure) -> str:
    """A closure in words: "no further action"."""
    return closure.value.replace("_", " ")


def check_open(state: RecommendationState) -> None:
    """Refuse a change to a closed recommendation: updates, assignments, extensions.

    Raises Closed.
    """
    if state.closure is not None:
        raise Closed(
            f"{name(state)} is closed ({say_closure(state.closure)}). "
            f"To change it, first say: reopen {_typed(state)} because …"
        )


def check_closure(
    state: RecommendationState, closure: Closure, *, by: str, claimed_by: str | None
) -> None:
    """May `by` close this as `closure`? Persons are keys; `claimed_by` made the latest claim.

    `verified` comes only from complete, and from somebody other than whoever claimed it. The
    other closures come from any progress; but a claim of one's own is never closed by oneself.
    `claimed_by` is None when the claim came with an import.
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


def after_reopen(before: Progress | None) -> Progress:
    """The progress of a reopened recommendation: what it held before complete, else on track.

    `before` is the last progress other than complete, None when there never was one.
    """
    return Progress.ON_TRACK if before in (None, Progress.COMPLETE) else before


def _typed(state: RecommendationState) -> str:
    return state.ref or f"{_SPOKEN[state.kind.value]} {state.number}"


_SPOKEN = {"recommendation": "rec", "afi": "AFI", "cause_of_concern": "CoC"}
