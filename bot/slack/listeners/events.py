"""Listeners of events: mentions, direct messages, the Home tab, accounts, and channels."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.slack.blocks.mrkdwn import parse_text, without_mention
from bot.slack.channels import ACTOR, PLATFORM
from bot.slack.client import Json
from bot.slack.context import SlackContext, SlackRequest
from bot.slack.members import SlackMember
from bot.slack.responder import ReplyTarget
from db.ledger.destinations import bind, channel_bound_to, destination
from db.store import Actor
from governance.errors import DulyError
from messages.reply import Visibility
from scheduler.notices import channel_changed

MESSAGE_SUBTYPES = frozenset({None, "file_share", "thread_broadcast"})
"""Those in which a person says something; an edited or deleted message is none."""
CHANNEL_EVENTS = (
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


def register(app: AsyncApp) -> None:
    @app.event("app_mention")
    async def mentioned(
        body: Json, event: Json, context: AsyncBoltContext, slack: SlackContext
    ) -> None:
        if str(event.get("channel", "")).startswith("D"):
            return  # a direct message says it too
        await _answer_once(slack, body, event, context)

    @app.event("message")
    async def messaged(
        body: Json, event: Json, context: AsyncBoltContext, slack: SlackContext
    ) -> None:
        if event.get("channel_type") == "im":
            await _answer_once(slack, body, event, context)

    @app.event("app_home_opened")
    async def home_opened(body: Json, event: Json, slack: SlackContext) -> None:
        await _publish_home(slack, body, event)

    @app.event("user_change")
    async def user_changed(event: Json, slack: SlackContext) -> None:
        slack.members.forget(str(event["user"]["id"]))

    @app.event("app_uninstalled")
    async def uninstalled(body: Json, slack: SlackContext) -> None:
        await slack.on_removed(_event_time(body))

    @app.event("tokens_revoked")
    async def tokens_revoked(body: Json, event: Json, slack: SlackContext) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await slack.on_removed(_event_time(body))

    async def changed(event: Json, slack: SlackContext) -> None:
        await _channel_changed(slack, event)

    for name in CHANNEL_EVENTS:
        app.event(name)(changed)


async def _answer_once(
    slack: SlackContext, body: Json, event: Json, context: AsyncBoltContext
) -> None:
    """Answer a message once, however often Slack delivers it."""
    if event.get("subtype") not in MESSAGE_SUBTYPES or event.get("bot_id") or event.get("edited"):
        return
    if not event.get("user") or event["user"] == context.bot_user_id:
        return
    id = str(body.get("event_id") or f"{event['channel']}:{event['ts']}")

    async def answer() -> None:
        await _answer(slack, body, event, id, str(context.bot_user_id or ""))

    await slack.deliveries.once(id, answer, redelivered=bool(context.get("redelivered")))


async def _answer(slack: SlackContext, body: Json, event: Json, id: str, bot: str) -> None:
    text = parse_text(without_mention(str(event.get("text") or ""), bot))
    channel, thread = str(event["channel"]), str(event.get("thread_ts") or "")
    # In a shared channel the sender's team is not the one that the event was sent to.
    team = event.get("user_team") or event.get("team") or body.get("team_id")
    request = SlackRequest(user=event["user"], team=team, channel=channel, id=id)
    answer = await slack.recheck_channel(await slack.answer(request, text))
    if answer.member is not None:
        _remember_direct_channel(slack, answer.member, channel)
        if answer.reply.ok:
            slack.home_tabs.changed(answer.member)
    payload = slack.payload(answer, text)
    if channel.startswith("D"):
        await slack.responder.post_or_raise(channel, payload, thread=thread)
    elif answer.reply.visibility is Visibility.CHANNEL:
        thread = thread or str(event["ts"])
        await slack.responder.post_or_raise(channel, payload, thread=thread)
    else:
        target = ReplyTarget(channel=channel, thread=thread)
        await slack.responder.reply(target, request.user, payload)


async def _publish_home(slack: SlackContext, body: Json, event: Json) -> None:
    if event.get("tab", "home") != "home":
        return
    try:
        member = await slack.members.find(event["user"], body.get("team_id"))
    except DulyError as error:
        await slack.home_tabs.refused(event["user"], error.sentence)
        return
    if channel := event.get("channel"):
        _remember_direct_channel(slack, member, str(channel))
    await slack.home_tabs.opened(member)


def _remember_direct_channel(slack: SlackContext, member: SlackMember, channel: str) -> None:
    """Keep the address of a person's direct messages, where it is news."""
    person = member.person
    if person is None or not channel.startswith("D"):
        return
    address = {"user": member.user, "team": member.team, "channel": channel}
    with slack.store.read() as reading:
        known = destination(reading, PLATFORM, person)
    if known is not None and {**known.address, **address} == known.address:
        return

    def write() -> None:
        with slack.store.write(Actor(person, PLATFORM)) as writing:
            bind(writing, PLATFORM, person, address)

    async def keep() -> None:
        await asyncio.to_thread(write)

    slack.later(keep())


async def _channel_changed(slack: SlackContext, event: Json) -> None:
    """A channel was archived, shared or renamed, or is as before: posts to its board stop, or go
    on. What is bound to its id stays so, whatever its name."""
    channel = event["channel"]
    id = str(channel["id"] if isinstance(channel, dict) else channel)
    slack.channels.forget(id)
    with slack.store.read() as reading:
        if channel_bound_to(reading, PLATFORM, id) is None:
            return
    reason = await slack.channels.closed_to_posts(id)

    def write() -> None:
        with slack.store.write(ACTOR) as writing:
            channel_changed(writing, PLATFORM, id, reason)

    await asyncio.to_thread(write)


def _event_time(body: Json) -> datetime | None:
    seconds = body.get("event_time")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None
