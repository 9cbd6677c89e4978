"""Slack's Web API: its client, the scopes Duly asks for, and a failed call's reason in words."""

from __future__ import annotations

import logging
from typing import Any
from urllib.error import URLError

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]
TIMEOUT = 3
"""Time-out of one call to Slack in seconds."""
UNREACHED = (SlackApiError, aiohttp.ClientError, TimeoutError)
"""Errors of a call to Slack that was not done."""
SCOPES = {
    "app_mentions:read": "@Duly in a channel or a thread",
    "channels:history": "finding a board post whose delivery was cut short",
    "channels:read": "whether a board's channel is shared, archived, renamed, or without Duly",
    "chat:write": "answers, reminders and board posts",
    "commands": "/rec and the shortcuts",
    "files:read": "importing a response record attached to a message",
    "groups:history": "the same as channels:history, in private channels",
    "groups:read": "the same as channels:read, of private channels",
    "im:history": "what is typed to Duly in its direct messages",
    "im:write": "opening the direct message a reminder goes to",
    "users:read": "who is a guest, deactivated, or of another workspace",
}
"""Each scope of the bot token, and what would not work without it."""


def web_client(token: str | None, api_url: str) -> AsyncWebClient:
    """The Web API as Duly calls it: no retries of the SDK's own, which would post twice."""
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        timeout=TIMEOUT,
        retry_handlers=[],
        logger=quiet_logger("duly.slack.calls"),
    )


def quiet_logger(name: str) -> logging.Logger:
    """A logger whose own level is set: Bolt and slack_sdk take one without for a wish to have
    every request written out."""
    logger = logging.getLogger(name)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    return logger


def why(error: BaseException) -> str:
    """Slack's own word ("invalid_auth"), the status of an answer that is none, or the network's."""
    if isinstance(error, SlackApiError):
        # slack_sdk puts aiohttp's own response here where the body was no JSON
        answer: Any = error.response
        data = getattr(answer, "data", None)
        word = data.get("error") if isinstance(data, dict) else None
        status = getattr(answer, "status_code", None) or getattr(answer, "status", "unknown")
        return str(word or f"status {status}")
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        error = error.reason
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error) or type(error).__name__


def retry_after(error: SlackApiError) -> float:
    """The seconds that Slack asks to wait; 0 where it asks for none."""
    wanted = next((v for k, v in error.response.headers.items() if k.lower() == "retry-after"), "0")
    return float(wanted) if str(wanted).isdecimal() else 0
