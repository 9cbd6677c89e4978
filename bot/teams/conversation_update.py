"""Duly is added somewhere or taken out again, and what becomes of a team's channels."""

from __future__ import annotations

import asyncio
import logging

from bot.chat.members import Refused
from bot.teams.activity import Turn
from bot.teams.bot import FACE, Answering
from bot.teams.channels import ACTOR, PLATFORM
from bot.teams.errors import CallFailed
from bot.teams.messages import words
from db.destinations import known_channels, unreach
from scheduler.channels import channel_changed

WELCOME = (
    "Hello, this is Duly. It keeps the force's inspection recommendations: say a number such as "
    "24087 for its card, `mine` for your own, or `help` for everything else. Reminders come here."
)
REMOVED = "Duly was removed from the team"
DELETED = "the channel was deleted"

log = logging.getLogger(__name__)


async def met(answering: Answering, turn: Turn) -> None:
    """Act on a conversationUpdate or an installationUpdate. What comes from another tenant is
    nobody's."""
    if not answering.identity.of_this_tenant(turn):
        return
    if turn.personal:
        await _chat(answering, turn)
    elif turn.team:
        await _team(answering, turn)


async def _chat(answering: Answering, turn: Turn) -> None:
    added = turn.action == "add" or turn.bot in turn.members_added
    if turn.action == "remove" or turn.bot in turn.members_removed:
        await asyncio.to_thread(_forget, answering, turn)
        return
    if not added:
        return
    try:
        asker = await answering.identity.who(turn)
    except Refused:
        return
    await answering.contacts.met(asker, turn)
    if turn.type == "installationUpdate":
        try:
            await answering.post(turn, words(WELCOME))
        except CallFailed as error:
            log.info("not welcomed", extra={"face": FACE, "reason": error.sentence})


def _forget(answering: Answering, turn: Turn) -> None:
    """Somebody took Duly out: their chat is closed to it."""
    with answering.store.write(ACTOR) as writing:
        unreach(writing, PLATFORM, "conversation", turn.conversation)


async def _team(answering: Answering, turn: Turn) -> None:
    event = turn.event
    if turn.action == "remove" or turn.bot in turn.members_removed:
        await asyncio.to_thread(_stopped, answering, turn, REMOVED)
    elif event in ("channelDeleted", "channelRestored"):
        why = DELETED if event == "channelDeleted" else None
        await asyncio.to_thread(_stopped, answering, turn, why, turn.channel)
        answering.places.forget(turn.team)
    elif turn.action == "add" or turn.bot in turn.members_added:
        await answering.places.met(turn)
        await asyncio.to_thread(_stopped, answering, turn, None)
    elif event.startswith("channel"):
        await answering.places.met(turn)


def _stopped(answering: Answering, turn: Turn, why: str | None, channel: str = "") -> None:
    """Posts stop, or go on, in a channel, or in every one of the team's."""
    with answering.store.write(ACTOR) as writing:
        known = known_channels(writing, PLATFORM, turn.team)
        for id in [channel] if channel else known:
            channel_changed(writing, PLATFORM, id, why)
