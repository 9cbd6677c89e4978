"""Any payload is answered with a status, never with a failure, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.clock import PretendedClock
from db.store import Store
from tests.factories import START, history
from tests.teams.world import World, teams_over

KINDS = ("message", "invoke", "conversationUpdate", "installationUpdate", "event", "typing")
NAMES = (
    "adaptiveCard/action", "task/fetch", "task/submit", "composeExtension/query",
    "composeExtension/fetchTask", "composeExtension/submitAction", "signin/failure",
)  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["action", "data", "say", "id", "form", "target", "names", "parameters",
                         "name", "value", "messagePayload", "body", "content", "queryOptions"]),
        inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
PARTS = (
    "from", "recipient", "conversation", "channelData", "value", "entities", "text", "replyToId",
    "membersAdded", "id", "name", "action", "textFormat",
)  # fmt: skip


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Iterator[World]:
    """One world for all of them."""
    import shutil

    path = shutil.copy(furnished, tmp_path_factory.mktemp("any") / "duly.db")
    store = Store(f"sqlite:///{path}", PretendedClock(START))
    with teams_over(store) as world:
        world.person("ned").say("help")
        yield world
    store.close()


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(PARTS), JUNK, max_size=3),
)
def test_nothing_that_is_sent_breaks_it_or_changes_a_recommendation(
    standing: World, kind: str, name: str, junk: dict[str, Any]
) -> None:
    sent = {**standing.person("ned").activity(kind, name=name, text="24044 on track"), **junk}
    answer = standing.deliver(sent)
    assert answer.status in (200, 400, 501), answer
    assert [row.action for row in history(standing.store, "24044")] == ["import"]
