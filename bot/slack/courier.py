"""The courier to Slack: one attempt at one message, in a person's direct messages or a channel.

It repeats nothing by itself (slack_sdk's own retry posts a message twice whose answer was lost);
each message carries its key as metadata, by which one that was never answered is found again.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from time import monotonic, time
from typing import Any, NoReturn
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.settings import SLACK_API
from bot.slack.channels import PLATFORM
from bot.slack.looking import Lookback, metadata
from bot.slack.messages import letter_payload
from db.destinations import bind, destination
from db.store import Actor, Reading, Store
from scheduler.claims import CLAIM
from scheduler.errors import NotDelivered
from scheduler.model import Letter, Recalled

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
"""What no further attempt would change, in the words that the secretary reads."""
DUBIOUS = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Slack's own failures, after which the message may be there all the same."""
_SHARED = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared")

log = logging.getLogger(__name__)


class Refused(NotDelivered):
    """Slack's own word for something that its administrators can put right."""

    def __init__(self, word: str) -> None:
        super().__init__(f"Slack refuses: {word.replace('_', ' ')}.")
        self.word = word


class SlackCourier:
    """Posts letters with a bot token. `claim` is how long a message is claimed for: each call's
    time-out stays so short that a whole post takes less than a quarter of it.

    Implements `scheduler.model.Platform`.
    """

    name = PLATFORM
    pace = timedelta(seconds=1)

    def __init__(
        self, store: Store, token: str, *, api_url: str = SLACK_API, claim: timedelta = CLAIM
    ) -> None:
        self._store = store
        quarter = claim.total_seconds() / 4
        timeout = min(TIMEOUT, quarter / (CALLS + 1))
        self._most = quarter - timeout
        """Seconds until the post itself is to be begun; a slow answer may take longer than the
        time-out, which is between two of its parts."""
        self._lookback = Lookback(self._told)
        self._client = WebClient(
            token=token,
            base_url=api_url,
            # the client takes fractions of a second, though it is declared for whole ones
            timeout=timeout,  # type: ignore[arg-type]
            retry_handlers=[],
            logger=log,
        )

    def reaches(self, reading: Reading, destination: str) -> bool:
        """A channel always; a person whose Slack id the organisation file names."""
        if destination.startswith("#"):
            return True
        person = reading.directory.people.get(destination)
        return person is not None and bool(person.slack)

    def use(self, token: str) -> None:
        """From now on post with this token, which takes the place of one that runs out."""
        self._client.token = token

    def post(self, letter: Letter) -> str:
        """Post a letter; gives "channel:ts". Raises NotDelivered."""
        begun = monotonic(), time()
        channel = self._place(letter)
        payload = self._payload(letter)
        if max(monotonic() - begun[0], time() - begun[1]) > self._most:
            raise NotDelivered("Slack is too slow.")
        told = self._call(
            "chat.postMessage",
            posting=True,
            channel=channel,
            unfurl_links=False,
            unfurl_media=False,
            metadata=metadata(letter),
            **payload,
        )
        return f"{told['channel']}:{told['ts']}"

    def find(self, letter: Letter) -> str | None:
        """The letter's "channel:ts" where it was posted before, by its key. Raises NotDelivered."""
        channel = self._place(letter)
        return self._lookback.find(channel, letter)

    def recall(self, destination: str, since: datetime) -> Recalled:
        """What Duly posted to a person or channel since then. Raises NotDelivered."""
        channel = self._where(destination)
        return self._lookback.recall(channel, since)

    def edit(self, letter: Letter, platform_id: str) -> None:
        """Show a letter anew where it stands. Raises NotDelivered."""
        channel, _, ts = platform_id.partition(":")
        payload = {"blocks": [], **self._payload(letter)}
        self._call("chat.update", channel=channel, ts=ts, metadata=metadata(letter), **payload)

    def _payload(self, letter: Letter) -> dict[str, Any]:
        with self._store.read() as reading:
            return letter_payload(letter, zone=reading.directory.zone)

    def _told(self, method: str, **values: Any) -> Mapping[str, Any]:
        """As `_call`, for what was said; without the scope nobody will ever know: better twice,
        and said to be so."""
        try:
            return self._call(method, **values)
        except Refused as error:
            for_good = error.word == "missing_scope"
            raise NotDelivered(error.sentence, for_good=for_good) from error

    # Where

    def _place(self, letter: Letter) -> str:
        """The id of the channel or direct messages that the letter goes to. Raises NotDelivered."""
        return self._where(letter.destination)

    def _where(self, destination: str) -> str:
        if destination.startswith("#"):
            return self._channel(destination)
        return self._direct(destination)

    def _direct(self, person: str) -> str:
        """A person's direct messages with the bot, opened once and then kept."""
        with self._store.read() as reading:
            known = destination(reading, PLATFORM, person)
            named = reading.directory.people.get(person)
            who = reading.directory.person_name(person)
        slack = named.slack if named is not None else None
        if not slack:
            raise NotDelivered(f"{who} has no Slack id in the organisation file.", for_good=True)
        team, _, user = slack.rpartition("/")
        address = known.address if known is not None else {}
        if address.get("user") == user and address.get("channel"):
            return str(address["channel"])
        told = self._call("conversations.open", users=user)
        channel = str(told["channel"]["id"])
        home = team or str(address.get("team") or self._team())
        with self._store.write(ACTOR) as writing:
            bind(writing, PLATFORM, person, {"user": user, "team": home, "channel": channel})
        return channel

    def _team(self) -> str:
        return str(self._call("auth.test")["team_id"])

    def _channel(self, name: str) -> str:
        """A board's channel: by its id once that is known, so that a rename follows.

        Raises NotDelivered for good for one that is archived, that the bot is not in, or that is
        shared with another organisation.
        """
        with self._store.read() as reading:
            known = destination(reading, PLATFORM, name)
        id = known.address.get("channel") if known is not None else None
        if id:
            found = self._call("conversations.info", channel=str(id))["channel"]
        else:
            found = self._named(name)
        problem = None
        if found.get("is_archived"):
            problem = FOR_GOOD["is_archived"]
        elif any(found.get(flag) for flag in _SHARED):
            problem = "the channel is shared with another organisation."
        elif found.get("is_member") is False:
            problem = FOR_GOOD["not_in_channel"]
        if problem is not None:
            raise NotDelivered(problem, for_good=True)
        if not id:
            with self._store.write(ACTOR) as writing:
                bind(writing, PLATFORM, name, {"channel": str(found["id"])})
        return str(found["id"])

    def _named(self, name: str) -> Mapping[str, Any]:
        """The channel that is called so now. Raises NotDelivered when none is."""
        wanted = name.lstrip("#").casefold()
        cursor = ""
        archived: Mapping[str, Any] | None = None
        while True:
            told = self._call("conversations.list", types=KINDS, limit=1000, cursor=cursor)
            for found in told["channels"]:
                if str(found.get("name", "")).casefold() != wanted:
                    continue
                if not found.get("is_archived"):
                    return dict(found)
                archived = dict(found)
            cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        if archived is None:
            raise NotDelivered(FOR_GOOD["channel_not_found"], for_good=True)
        return archived

    # Calls

    def _call(self, method: str, *, posting: bool = False, **values: Any) -> Mapping[str, Any]:
        """One call. Raises NotDelivered; `uncertain` where `posting` may have been done."""
        # Slack takes JSON where something is written, and form fields where something is read.
        json = values if method.startswith("chat.") else None
        params = None if json else values
        try:
            answer = self._client.api_call(method, json=json, params=params)
        except SlackApiError as error:
            _refused(error, posting)
        except (OSError, HTTPException, SlackClientError) as error:
            # Before a connection stood nothing was sent; after that nobody knows.
            sent = posting and not _never_sent(error)
            raise NotDelivered(_unanswered(error), uncertain=sent) from error
        told: Any = answer.data
        return dict(told)


def _refused(error: SlackApiError, posting: bool) -> NoReturn:
    """What Slack's refusal means for the message."""
    answer = error.response
    status = int(getattr(answer, "status_code", 200) or 200)
    told = getattr(answer, "data", None)
    word = str(told.get("error", "")) if isinstance(told, Mapping) else ""
    if status == 429 or word in ("ratelimited", "rate_limited"):
        headers = {str(k).lower(): v for k, v in (getattr(answer, "headers", {}) or {}).items()}
        raise NotDelivered(
            "Slack asks to wait.", retry_after=_seconds(headers.get("retry-after"))
        ) from error
    if word in FOR_GOOD:
        raise NotDelivered(FOR_GOOD[word], for_good=True) from error
    if status >= 500 or word in DUBIOUS or not re.fullmatch(r"\w+", word):
        raise NotDelivered("Slack failed to answer.", uncertain=posting) from error
    # A missing scope, a revoked token: the workspace's own matter, put right by its people.
    raise Refused(word) from error


def _seconds(said: object) -> float:
    """Retry-After in seconds, which slack_sdk may give as a list."""
    first = said[0] if isinstance(said, list) and said else said
    try:
        return max(1.0, float(str(first)))
    except ValueError:
        return 30.0


def _never_sent(error: BaseException) -> bool:
    """Whether the connection was refused, or never found its way."""
    cause = error.reason if isinstance(error, URLError) else error
    return isinstance(cause, ConnectionRefusedError | ssl.SSLCertVerificationError) or (
        type(cause).__name__ == "gaierror"
    )


def _unanswered(error: BaseException) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    late = isinstance(cause, TimeoutError)
    return "Slack did not answer in time." if late else "Slack could not be reached."
