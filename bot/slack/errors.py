"""What a call to Slack failed with, in words."""

from __future__ import annotations

from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError


def why(error: BaseException) -> str:
    """Slack's own word ("invalid_auth"), the status of an answer that is none, or the network's."""
    if isinstance(error, SlackApiError):
        # slack_sdk puts aiohttp's own response here where the body was no JSON
        answer: Any = error.response
        data = getattr(answer, "data", None)
        said = data.get("error") if isinstance(data, dict) else None
        status = getattr(answer, "status_code", None) or getattr(answer, "status", "unknown")
        return str(said or f"status {status}")
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        error = error.reason
    told = error.strerror if isinstance(error, OSError) else None
    return told or str(error) or type(error).__name__


def retry_after(error: SlackApiError) -> float:
    """The seconds that Slack asks to wait; 0 where it asks for none."""
    wanted = next((v for k, v in error.response.headers.items() if k.lower() == "retry-after"), "0")
    return float(wanted) if str(wanted).isdecimal() else 0
