"""What is said in Teams, and what is answered."""

from __future__ import annotations

from tests.teams import screen
from tests.teams.world import World


def test_a_look_up_in_a_personal_chat_is_a_card(world: World) -> None:
    jane = world.person("jane")
    assert jane.say("rec 24087").status == 200
    told = jane.read()
    for part in ("W ○ White", "#24087 · recommendation 16", "be quick;", "31 December 2023"):
        assert part in told
    assert len(jane.chat.messages) == 1


def test_a_look_up_in_a_channel_is_answered_privately_and_a_line_says_so(world: World) -> None:
    jane = world.person("jane")
    jane.mention("rec 24087", "pib")
    line = jane.thread().latest.card
    assert line is not None
    assert screen.words(line) == "I have answered you privately."
    assert "#24087" in jane.read()
