"""The courier to Slack: one attempt at one message, in a person's direct messages or a channel.

It repeats nothing by itself (slack_sdk's own retry posts a message twice whose answer was lost);
each message carries its key as metadata, by which one that was never answered is found again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic, time
from typing import Any, NoReturn

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.chat.loop_local import LoopLocal
from bot.slack.blocks.messages import letter_payload
from bot.slack.channel_history import metadata
from bot.slack.channels import PLATFORM
from bot.slack.connection import CONNECTIONS, SlackConnection
from bot.slack.settings import SLACK_API
from db.ledger.destinations import bind
from db.store import Actor, Reading, Store
from scheduler.courier import Courier, Letter, NotDelivered, Recalled
from scheduler.outbox import CLAIM

ACTOR = Actor("scheduler", "slack")
TIMEOUT = 10.0
"""Seconds for one call, unless a quarter of the claim is less: a post is up to three calls."""
CALLS = 3
KINDS = "public_channel,private_channel"

FOR_GOOD: Mapping[str, str] = {
    "is_archived": "the channel is archived.",
    "channel_not_found": "Slack knows no such channel, or Duly is not in it.",
    "not_in_channel": "Duly is not in the channel; invite it with /invite @Duly.",
    "restricted_action": "Slack does not let Duly post there.",
    "cannot_dm_bot": "the Slack id in the organisation file is an app's.",
    "account_inactive": "the Slack account is deactivated.",
    "user_disabled": "the Slack account is deactivated.",
    "user_not_found": "Slack knows no such user.",
    "user_not_visible": "Slack does not let Duly see this user.",
    "users_not_found": "Slack knows no such user.",
    "msg_too_long": "Slack finds the message too long.",
    "msg_blocks_too_long": "Slack finds the message too long.",
    "invalid_blocks": "Slack does not take the message's form.",
    "message_not_found": "the message is gone.",
    "cant_update_message": "Slack does not let Duly change the message.",
    "edit_window_closed": "Slack does not let Duly change the message any more.",
}
"""Errors that no further attempt would change, in the words that the secretary reads."""
DUBIOUS = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Slack's own failures, after which the message may be there all the same."""
_SHARED = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared")


class Refused(NotDelivered):
    """Slack's own word for something that its administrators can put right."""

    def __init__(self, word: str) -> None:
        super().__init__(f"Slack refuses: {word.replace('_', ' ')}.")
        self.word = word


class SlackCourier(Courier):
    """Posts letters with a bot token. `claim` is how long a message is claimed for: each call's
    time-out stays so short that a whole post takes less than a quarter of it.
    """

    name = PLATFORM
    pace = timedelta(seconds=1)
    in_flight = CONNECTIONS

    def __init__(
        self, store: Store, token: str, *, api_url: str = SLACK_API, claim: timedelta = CLAIM
    ) -> None:
        self._store = store
        quarter = claim.total_seconds() / 4
        timeout = min(TIMEOUT, quarter / (CALLS + 1))
        self._most = quarter - timeout
        """Seconds until the post itself is to be begun."""
        self._token = token
        self._connections = LoopLocal(
            lambda: SlackConnection(store, PLATFORM, api_url, timeout, self._history),
            SlackConnection.close,
        )

    def reaches(self, reading: Reading, destination: str) -> bool:
        """A channel always; a person whose Slack id the organisation file names."""
        if destination.startswith("#"):
            return True
        person = reading.directory.people.get(destination)
        return person is not None and "slack" in person.identities

    def use(self, token: str) -> None:
        """From now on post with this token, which takes the place of one that runs out."""
        self._token = token

    async def post(self, letter: Letter) -> str:
        """Post a letter; gives "channel:ts". Raises NotDelivered."""
        begun = monotonic(), time()
        channel = await self._where(letter.destination)
        payload = await self._payload(letter)
        if max(monotonic() - begun[0], time() - begun[1]) > self._most:
            raise NotDelivered("Slack is too slow.")
        reply = await self._call(
            "chat.postMessage",
            posting=True,
            channel=channel,
            unfurl_links=False,
            unfurl_media=False,
            metadata=metadata(letter),
            **payload,
        )
        return f"{reply['channel']}:{reply['ts']}"

    async def resolve(self, destination: str) -> None:
        """Ask where it is, and whether it may be posted to; `post` says what is wrong."""
        with suppress(NotDelivered):
            await self._where(destination)

    async def find(self, letter: Letter) -> str | None:
        """The letter's "channel:ts" where it was posted before, by its key. Raises NotDelivered."""
        channel = await self._where(letter.destination)
        return await (await self._connection()).lookback.find(channel, letter)

    async def recall(self, destination: str, since: datetime) -> Recalled:
        """The messages that Duly posted to a person or channel since then. Raises NotDelivered."""
        channel = await self._where(destination)
        return await (await self._connection()).lookback.recall(channel, since)

    async def edit(self, letter: Letter, platform_id: str) -> None:
        """Show a letter anew where it stands. Raises NotDelivered."""
        channel, _, ts = platform_id.partition(":")
        payload = {"blocks": [], **await self._payload(letter)}
        await self._call(
            "chat.update", channel=channel, ts=ts, metadata=metadata(letter), **payload
        )

    async def _payload(self, letter: Letter) -> dict[str, Any]:
        book = await (await self._connection()).book()
        return letter_payload(letter, zone=book.directory.zone)

    async def _connection(self) -> SlackConnection:
        connection = await self._connections.get()
        connection.client.token = self._token
        return connection

    async def _history(self, method: str, **values: Any) -> Mapping[str, Any]:
        """As `_call`, for what was said; without the scope nobody will ever know: better twice,
        and said to be so."""
        try:
            return await self._call(method, **values)
        except Refused as error:
            for_good = error.word == "missing_scope"
            raise NotDelivered(error.sentence, for_good=for_good) from error

    # Destinations

    async def _where(self, destination: str) -> str:
        """The id of the channel or direct messages of a destination. Raises NotDelivered."""
        connection = await self._connection()
        if destination.startswith("#"):
            known = connection.checked_channel(destination)
            return known or await self._channel(connection, destination)
        return await self._direct(connection, destination)

    async def _direct(self, connection: SlackConnection, person: str) -> str:
        """A person's direct messages with the bot, opened once and then kept."""
        book = await connection.book()
        named = book.directory.people.get(person)
        slack = named.identities.get("slack") if named is not None else None
        if not slack:
            who = book.directory.person_name(person)
            raise NotDelivered(f"{who} has no Slack id in the organisation file.", for_good=True)
        team, _, user = slack.rpartition("/")
        address = book.addresses.get(person, {})
        if address.get("user") == user and address.get("channel"):
            return str(address["channel"])
        reply = await self._call("conversations.open", users=user)
        channel = str(reply["channel"]["id"])
        home = team or str(address.get("team") or (await self._call("auth.test"))["team_id"])
        await self._bind(connection, person, {"user": user, "team": home, "channel": channel})
        return channel

    async def _bind(
        self, connection: SlackConnection, key: str, address: Mapping[str, Any]
    ) -> None:
        def write() -> None:
            with self._store.write(ACTOR) as writing:
                bind(writing, PLATFORM, key, address)

        await asyncio.to_thread(write)
        connection.forget_book()

    async def _channel(self, connection: SlackConnection, name: str) -> str:
        """A board's channel: by its id once that is known, so that a rename follows.

        Raises NotDelivered for good for one that is archived, that the bot is not in, or that is
        shared with another organisation.
        """
        known = (await connection.book()).addresses.get(name, {}).get("channel")
        if known:
            channel = (await self._call("conversations.info", channel=str(known)))["channel"]
        else:
            channel = await self._find_channel(name)
        problem = None
        if channel.get("is_archived"):
            problem = FOR_GOOD["is_archived"]
        elif any(channel.get(flag) for flag in _SHARED):
            problem = "the channel is shared with another organisation."
        elif channel.get("is_member") is False:
            problem = FOR_GOOD["not_in_channel"]
        if problem is not None:
            raise NotDelivered(problem, for_good=True)
        if not known:
            await self._bind(connection, name, {"channel": str(channel["id"])})
        connection.keep_channel(name, str(channel["id"]))
        return str(channel["id"])

    async def _find_channel(self, name: str) -> Mapping[str, Any]:
        """The channel that has the name now. Raises NotDelivered when none is."""
        wanted = name.lstrip("#").casefold()
        cursor = ""
        archived: Mapping[str, Any] | None = None
        while True:
            reply = await self._call("conversations.list", types=KINDS, limit=1000, cursor=cursor)
            for channel in reply["channels"]:
                if str(channel.get("name", "")).casefold() != wanted:
                    continue
                if not channel.get("is_archived"):
                    return dict(channel)
                archived = dict(channel)
            cursor = (reply.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        if archived is None:
            raise NotDelivered(FOR_GOOD["channel_not_found"], for_good=True)
        return archived

    # Calls

    async def _call(
        self, method: str, *, posting: bool = False, **values: Any
    ) -> Mapping[str, Any]:
        """One call. Raises NotDelivered; `uncertain` where `posting` may have been done."""
        client = (await self._connection()).client
        # Slack takes JSON where something is written, and form fields where something is read.
        json = values if method.startswith("chat.") else None
        form = None if json else {name: _field(value) for name, value in values.items()}
        try:
            response = await client.api_call(method, json=json, data=form)
        except SlackApiError as error:
            _refused(error, posting)
        except (OSError, aiohttp.ClientError, SlackClientError) as error:
            # Before a connection stood nothing was sent; after that nobody knows.
            sent = posting and not isinstance(error, aiohttp.ClientConnectorError)
            late = isinstance(error, TimeoutError)
            sentence = "Slack did not answer in time." if late else "Slack could not be reached."
            raise NotDelivered(sentence, uncertain=sent) from error
        if not isinstance(response.data, Mapping):
            raise NotDelivered("Slack failed to answer.", uncertain=posting)
        return response.data


def _field(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _refused(error: SlackApiError, posting: bool) -> NoReturn:
    """Raise what Slack's refusal means for the message."""
    response = error.response
    # slack_sdk puts aiohttp's own response here where the body was no JSON
    stated = getattr(response, "status_code", None) or getattr(response, "status", None)
    status = int(stated or 200)
    data = getattr(response, "data", None)
    word = str(data.get("error", "")) if isinstance(data, Mapping) else ""
    if status == 429 or word in ("ratelimited", "rate_limited"):
        headers = {str(k).lower(): v for k, v in (getattr(response, "headers", {}) or {}).items()}
        raise NotDelivered(
            "Slack asks to wait.", retry_after=_seconds(headers.get("retry-after"))
        ) from error
    if word in FOR_GOOD:
        raise NotDelivered(FOR_GOOD[word], for_good=True) from error
    if status >= 500 or word in DUBIOUS or not re.fullmatch(r"\w+", word):
        raise NotDelivered("Slack failed to answer.", uncertain=posting) from error
    # A missing scope, a revoked token: the workspace's own matter, put right by its people.
    raise Refused(word) from error


def _seconds(header: object) -> float:
    """Retry-After in seconds, which slack_sdk may give as a list."""
    first = header[0] if isinstance(header, list) and header else header
    try:
        return max(1.0, float(str(first)))
    except ValueError:
        return 30.0
