"""Handler of conversation and installation updates: Duly is added or removed, channels change."""

from __future__ import annotations

import asyncio
import logging
from typing import TypeAlias

from bot.chat.members import AccessDenied
from bot.teams.activity import PERSONAL, channel_id, conversation_type, team_id
from bot.teams.bot import TeamsBot
from bot.teams.channels import ACTOR, PLATFORM
from bot.teams.connector import CallFailed
from bot.teams.messages import text_message
from bot.teams.sdk import ConversationUpdateActivity, InstalledActivity, UninstalledActivity
from db.ledger.destinations import known_channels, unreach
from scheduler.notices import channel_changed

WELCOME = (
    "Hello, this is Duly. It keeps the force's inspection recommendations: say a number such as "
    "24087 for its card, `mine` for your own, or `help` for everything else. Reminders come here."
)
REMOVED = "Duly was removed from the team"
DELETED = "the channel was deleted"

Update: TypeAlias = ConversationUpdateActivity | InstalledActivity | UninstalledActivity

log = logging.getLogger(__name__)


async def on_conversation_update(bot: TeamsBot, activity: Update) -> None:
    """Act on an update of this tenant; another tenant's is ignored."""
    if not bot.members.of_this_tenant(activity):
        return
    if isinstance(activity, ConversationUpdateActivity):
        for account in (*(activity.members_added or ()), *(activity.members_removed or ())):
            bot.members.forget(account.id)
    if conversation_type(activity) == PERSONAL:
        await _personal_chat(bot, activity)
    elif team_id(activity):
        await _team(bot, activity)


def _added(activity: Update) -> bool:
    if not isinstance(activity, ConversationUpdateActivity):
        return isinstance(activity, InstalledActivity)
    return any(account.id == activity.recipient.id for account in activity.members_added or ())


def _removed(activity: Update) -> bool:
    if not isinstance(activity, ConversationUpdateActivity):
        return isinstance(activity, UninstalledActivity)
    return any(account.id == activity.recipient.id for account in activity.members_removed or ())


async def _personal_chat(bot: TeamsBot, activity: Update) -> None:
    if _removed(activity):
        await asyncio.to_thread(_forget_chat, bot, activity)
        return
    if not _added(activity):
        return
    try:
        member = await bot.members.find(activity)
    except AccessDenied:
        return
    await bot.references.keep(member, activity)
    if isinstance(activity, InstalledActivity):
        try:
            await bot.post(activity, text_message(WELCOME))
        except CallFailed as error:
            log.info("not welcomed", extra={"face": PLATFORM, "reason": error.sentence})


def _forget_chat(bot: TeamsBot, activity: Update) -> None:
    address = {
        "team": bot.members.tenant,
        "conversation": activity.conversation.id,
        "service_url": activity.service_url or "",
    }
    with bot.store.write(ACTOR) as writing:
        unreach(writing, PLATFORM, "conversation", address)


async def _team(bot: TeamsBot, activity: Update) -> None:
    event = (activity.channel_data.event_type if activity.channel_data is not None else None) or ""
    if _removed(activity):
        await asyncio.to_thread(_set_stopped, bot, activity, REMOVED)
    elif event in ("channelDeleted", "channelRestored"):
        reason = DELETED if event == "channelDeleted" else None
        await asyncio.to_thread(_set_stopped, bot, activity, reason, channel_id(activity))
        bot.channels.forget(team_id(activity))
    elif _added(activity):
        await bot.channels.keep_boards_channels(activity)
        await asyncio.to_thread(_set_stopped, bot, activity, None)
    elif event.startswith("channel"):
        await bot.channels.keep_boards_channels(activity)


def _set_stopped(bot: TeamsBot, activity: Update, reason: str | None, channel: str = "") -> None:
    """Stop posts to a channel, or to all of the team's, for a reason; None lets them go on."""
    with bot.store.write(ACTOR) as writing:
        known = known_channels(writing, PLATFORM, team_id(activity))
        for id in [channel] if channel else known:
            channel_changed(writing, PLATFORM, id, reason)
