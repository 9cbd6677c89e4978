"""Mentions, direct messages, the Home tab, and what becomes of channels."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.slack.blocks.mrkdwn import typed, without_mention
from bot.slack.channels import ACTOR, PLATFORM
from bot.slack.context import FACE, Answering, Json, Spoken
from bot.slack.members import Asker
from bot.slack.responder import Where
from db.destinations import bind, channel_bound_to, destination
from db.store import Actor
from governance.errors import DulyError
from messages.reply import Visibility
from scheduler.channels import channel_changed

SAID = frozenset({None, "file_share", "thread_broadcast"})
"""The kinds of message in which a person says something; an edited or deleted one is none."""
CHANGES = (
    "channel_archive",
    "channel_unarchive",
    "channel_deleted",
    "channel_shared",
    "channel_unshared",
    "channel_rename",
    "group_archive",
    "group_unarchive",
    "group_deleted",
    "group_rename",
)
"""What becomes of a channel."""


def register(app: AsyncApp, answering: Answering) -> None:
    @app.event("app_mention")
    async def mentioned(body: Json, event: Json, context: AsyncBoltContext) -> None:
        if str(event.get("channel", "")).startswith("D"):
            return  # a direct message says it too
        await _heard(answering, body, event, context)

    @app.event("message")
    async def told(body: Json, event: Json, context: AsyncBoltContext) -> None:
        if event.get("channel_type") == "im":
            await _heard(answering, body, event, context)

    @app.event("app_home_opened")
    async def home(body: Json, event: Json) -> None:
        await _opened_home(answering, body, event)

    @app.event("app_uninstalled")
    async def removed(body: Json) -> None:
        await answering.removed(_told_at(body))

    @app.event("tokens_revoked")
    async def revoked(body: Json, event: Json) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await answering.removed(_told_at(body))

    async def changed(event: Json) -> None:
        await _changed(answering, event)

    for kind in CHANGES:
        app.event(kind)(changed)


async def _heard(answering: Answering, body: Json, event: Json, context: AsyncBoltContext) -> None:
    """Answer what somebody said, once, however often Slack delivers it."""
    if event.get("subtype") not in SAID or event.get("bot_id") or event.get("edited"):
        return
    if not event.get("user") or event["user"] == context.bot_user_id:
        return
    id = str(body.get("event_id") or f"{event['channel']}:{event['ts']}")

    async def answer() -> None:
        await _answer(answering, body, event, id, str(context.bot_user_id or ""))

    await answering.deliveries.once(id, answer, redelivered=bool(context.get("redelivered")))


async def _answer(answering: Answering, body: Json, event: Json, id: str, bot: str) -> None:
    text = typed(without_mention(str(event.get("text") or ""), bot))
    channel, thread = str(event["channel"]), str(event.get("thread_ts") or "")
    spoken = Spoken(user=event["user"], team=_team(body, event), channel=channel, id=id)
    answer = await answering.as_now(await answering.answer(spoken, text))
    if answer.asker is not None:
        _remember_direct(answering, answer.asker, channel)
        if answer.reply.ok:
            answering.homes.changed(answer.asker)
    payload = answering.payload(answer, text)
    if channel.startswith("D"):
        await answering.posting.say(channel, payload, thread=thread)
    elif answer.reply.visibility is Visibility.CHANNEL:
        await answering.posting.say(channel, payload, thread=thread or str(event["ts"]))
    else:
        where = Where(channel=channel, thread=thread)
        await answering.posting.beside(where, spoken.user, payload)


def _team(body: Json, event: Json) -> str | None:
    """The team of whoever spoke, which in a shared channel is not the one it was sent to."""
    return event.get("user_team") or event.get("team") or body.get("team_id")


async def _opened_home(answering: Answering, body: Json, event: Json) -> None:
    if event.get("tab", "home") != "home":
        return
    try:
        asker = await answering.identity.who(event["user"], body.get("team_id"))
    except DulyError as error:
        await answering.homes.refused(event["user"], error.sentence)
        return
    if channel := event.get("channel"):
        _remember_direct(answering, asker, str(channel))
    await answering.homes.opened(asker)


def _remember_direct(answering: Answering, asker: Asker, channel: str) -> None:
    """Keep where a person was last reached, where that is news."""
    if asker.person is None or not channel.startswith("D"):
        return
    person = asker.person
    address = {"user": asker.user, "team": asker.team, "channel": channel}
    with answering.store.read() as reading:
        known = destination(reading, PLATFORM, person)
    if known is not None and {**known.address, **address} == known.address:
        return

    def keep() -> None:
        with answering.store.write(Actor(person, FACE)) as writing:
            bind(writing, PLATFORM, person, address)

    async def kept() -> None:
        await asyncio.to_thread(keep)

    answering.later(kept())


async def _changed(answering: Answering, event: Json) -> None:
    """A channel was archived, shared or renamed, or is as before: posts to its board stop, or go
    on. What is bound to its id stays so, whatever its name."""
    channel = _channel(event)
    answering.channels.forget(channel)
    with answering.store.read() as reading:
        if channel_bound_to(reading, PLATFORM, channel) is None:
            return
    why = await answering.channels.closed_to_posts(channel)

    def keep() -> None:
        with answering.store.write(ACTOR) as writing:
            channel_changed(writing, PLATFORM, channel, why)

    await asyncio.to_thread(keep)


def _told_at(body: Json) -> datetime | None:
    seconds = body.get("event_time")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def _channel(event: Json) -> str:
    found = event["channel"]
    return str(found["id"] if isinstance(found, dict) else found)
