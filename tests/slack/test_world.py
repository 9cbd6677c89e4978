"""People in the fake Slack, through the real app: what each act of theirs comes to."""

from __future__ import annotations

import pytest

from tests.slack.person import Person
from tests.slack.scenes import IDS
from tests.slack.transports import InProcess, sign
from tests.slack.world import World


@pytest.fixture
def jane(world: World) -> Person:
    """The ACU DCI, who owns #24044."""
    return world.person(IDS["jane"])


@pytest.fixture
def alex(world: World) -> Person:
    """The lead."""
    return world.person(IDS["alex"])


def test_a_command_is_answered_in_private(jane: Person) -> None:
    jane.slash("24087")
    assert "recommendation 16" in jane.latest().words
    assert "31 December 2023" in jane.latest().text
    assert jane.latest().private


def test_nobody_else_sees_a_private_answer(jane: Person, alex: Person) -> None:
    jane.slash("24087")
    assert alex.sees() == []


def test_a_button_changes_its_message_in_place(jane: Person) -> None:
    jane.slash("24044")
    jane.press("On track")
    assert "Green: on track" in jane.latest().words
    assert len(jane.sees()) == 1


def test_a_form_is_filled_in_with_an_error_and_then_saved(jane: Person) -> None:
    jane.slash("update 24044")
    wrong = jane.submit({"Progress": "At risk", "Next step by": "2023-01-30"} | {"Evidence": ""})
    assert wrong == {}
    assert jane.modal is None
    assert "at risk" in jane.latest().text


def test_an_error_stands_beside_its_field_and_what_was_typed_stays(jane: Person) -> None:
    jane.slash("update 24044")
    assert "text" in jane.submit()
    assert jane.modal is not None
    jane.submit({"Progress": "At risk", "What has changed": "The supplier is late"})
    assert "not started → at risk" in jane.latest().text


def test_a_mention_a_direct_message_and_home_are_answered(world: World, jane: Person) -> None:
    said = jane.mention("24087")
    assert "#24087" in jane.latest().text
    jane.direct("24087")
    assert "#24087" in jane.latest_direct().text
    assert jane.open_home() is not None
    assert "24044" in jane.home_words
    assert said.by_bot is False
    assert world.refused == []


def test_the_same_event_twice_is_answered_once(world: World, jane: Person) -> None:
    jane.direct("24087")
    world.again()
    assert len([seen for seen in jane.sees(jane.direct_channel) if seen.message.by_bot]) == 1


def test_a_global_shortcut_opens_a_form(jane: Person) -> None:
    jane.shortcut("look_up")
    assert jane.modal is not None
    assert list(jane.form)


def test_a_messages_words_go_into_the_update(jane: Person) -> None:
    said = jane.says("PND checks go live on 4 December")
    jane.shortcut("save_update", said)
    assert "PND checks go live on 4 December" in "\n".join(jane.form.values())


def test_what_another_signed_is_refused(world: World) -> None:
    assert isinstance(world.transport, InProcess)
    headers = sign("another secret", "command=%2Frec&text=24087")
    assert world.transport.raw("command=%2Frec&text=24087", headers).status == 401
    assert world.slack.calls == []
