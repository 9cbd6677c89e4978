from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.progress import (
    Closed,
    NotClaimedComplete,
    NotClosed,
    OwnClaim,
    ProgressState,
    check_closure,
    check_open,
    check_reopening,
    closed,
    reopened,
    updated,
)
from governance.words import Closure, Kind, Progress
from tests.factories import at, make_recommendation

OPEN = make_recommendation(owner="acu-dci", progress=Progress.ON_TRACK, deadline=None)
CLAIMED = replace(OPEN, progress=Progress.COMPLETE)
progresses = st.sampled_from(Progress)
closures = st.sampled_from(Closure)


@given(progress=progresses)
def test_an_open_one_may_be_changed_whatever_its_progress(progress: Progress) -> None:
    check_open(replace(OPEN, progress=progress))


@given(closure=closures, progress=progresses)
def test_a_closed_one_refuses_and_names_reopen(closure: Closure, progress: Progress) -> None:
    ended = replace(OPEN, closure=closure, progress=progress)
    with pytest.raises(Closed, match="reopen 24087"):
        check_open(ended)
    with pytest.raises(Closed):
        check_closure(ended, Closure.SUPERSEDED, by="sam", claimed_by=None)
    check_reopening(ended)


def test_one_without_a_reference_is_named_by_its_label() -> None:
    afi = replace(OPEN, ref=None, kind=Kind.AFI, number="1", closure=Closure.NOT_ADOPTED)
    with pytest.raises(Closed, match=r"AFI 1 is closed \(not adopted\).*reopen AFI 1"):
        check_open(afi)


@given(progress=progresses.filter(lambda p: p is not Progress.COMPLETE))
def test_verified_comes_only_from_complete(progress: Progress) -> None:
    with pytest.raises(NotClaimedComplete):
        check_closure(
            replace(OPEN, progress=progress), Closure.VERIFIED, by="sam", claimed_by="jane"
        )


@given(closure=closures)
def test_who_claimed_it_complete_does_not_close_it_and_another_does(closure: Closure) -> None:
    with pytest.raises(OwnClaim):
        check_closure(CLAIMED, closure, by="jane", claimed_by="jane")
    check_closure(CLAIMED, closure, by="sam", claimed_by="jane")


def test_a_claim_that_came_with_an_import_may_be_verified() -> None:
    check_closure(CLAIMED, Closure.VERIFIED, by="sam", claimed_by=None)


@given(progress=progresses, closure=closures.filter(lambda c: c is not Closure.VERIFIED))
def test_the_other_closures_come_from_any_progress(progress: Progress, closure: Closure) -> None:
    check_closure(replace(OPEN, progress=progress), closure, by="sam", claimed_by="jane")


def test_an_old_claim_that_was_taken_back_bars_nobody() -> None:
    check_closure(OPEN, Closure.SUPERSEDED, by="jane", claimed_by="jane")


states = st.builds(
    ProgressState,
    progress=progresses,
    completed_by=st.sampled_from([None, "jane"]),
    progress_before_complete=st.none() | progresses,
)
MOMENT = at(2023, 4, 3, 9)


def test_an_open_one_cannot_be_reopened() -> None:
    with pytest.raises(NotClosed, match="#24087 is open already"):
        check_reopening(OPEN)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (Progress.AT_RISK, Progress.AT_RISK),
        (None, Progress.ON_TRACK),
        (Progress.COMPLETE, Progress.ON_TRACK),
    ],
)
def test_reopening_restores_what_was_held_before_complete_else_on_track(
    before: Progress | None, expected: Progress
) -> None:
    assert reopened(ProgressState(Progress.COMPLETE, "jane", before)) == ProgressState(expected)


@given(state=states, closure=closures)
def test_one_that_was_closed_and_reopened_claims_nothing_and_keeps_what_was_known(
    state: ProgressState, closure: Closure
) -> None:
    ended = closed(state, closure, at=MOMENT)
    assert (ended.closure, ended.closed_at) == (closure, MOMENT)
    assert replace(ended, closure=None, closed_at=None) == state
    again = reopened(ended)
    assert again.progress is not Progress.COMPLETE
    assert again == ProgressState(again.progress)
    if state.progress is not Progress.COMPLETE:
        assert again.progress is state.progress


@given(state=states, progress=progresses)
def test_an_update_moves_from_any_progress_to_any_other(
    state: ProgressState, progress: Progress
) -> None:
    after = updated(state, progress, by="kit")
    assert after.progress is progress
    assert (after.closure, after.closed_at) == (state.closure, state.closed_at)
    if progress is not Progress.COMPLETE:
        assert after == ProgressState(progress)
    elif state.progress is Progress.COMPLETE:
        assert after == state  # the first to claim it complete made the claim
    else:
        assert after.completed_by == "kit"
        assert after.progress_before_complete is state.progress


@given(state=states, first=progresses)
def test_a_claim_that_is_reopened_goes_back_to_what_was_claimed_before(
    state: ProgressState, first: Progress
) -> None:
    known = updated(state, first, by="jane")
    claimed = updated(known, Progress.COMPLETE, by="jane")
    if first is not Progress.COMPLETE:
        assert reopened(closed(claimed, Closure.VERIFIED, at=MOMENT)).progress is first
