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
    after_reopen,
    check_closure,
    check_open,
    check_reopening,
)
from governance.words import Closure, Kind, Progress
from tests.support.field import recommendation

OPEN = recommendation(owner="acu-dci", progress=Progress.ON_TRACK, deadline=None)
CLAIMED = replace(OPEN, progress=Progress.COMPLETE)
progresses = st.sampled_from(Progress)
closures = st.sampled_from(Closure)


@given(progress=progresses)
def test_an_open_one_may_be_changed_whatever_its_progress(progress: Progress) -> None:
    check_open(replace(OPEN, progress=progress))


@given(closure=closures, progress=progresses)
def test_a_closed_one_refuses_and_names_reopen(closure: Closure, progress: Progress) -> None:
    closed = replace(OPEN, closure=closure, progress=progress)
    with pytest.raises(Closed, match="reopen 24087"):
        check_open(closed)
    with pytest.raises(Closed):
        check_closure(closed, Closure.SUPERSEDED, by="sam", claimed_by=None)
    check_reopening(closed)


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


def test_reopening_restores_what_was_held_before_complete_else_on_track() -> None:
    assert after_reopen(Progress.AT_RISK) is Progress.AT_RISK
    assert after_reopen(None) is Progress.ON_TRACK
    assert after_reopen(Progress.COMPLETE) is Progress.ON_TRACK
    with pytest.raises(NotClosed, match="#24087 is open already"):
        check_reopening(OPEN)
