"""A file attached to a message: from Slack's own host only, and never more than fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from commands.importing import MOST_BYTES, too_large
from governance.errors import DulyError

HOST = "files.slack.com"
SECONDS = 30
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
Json = dict[str, Any]


class NoFile(DulyError):
    """The message has no file that could be read, or Slack does not hand it over."""


@dataclass(frozen=True)
class Attached:
    """One file, as a message names it."""

    name: str
    url: str
    size: int

    def carried(self) -> dict[str, str]:
        """As a modal carries it."""
        return {"file": self.name, "file_url": self.url, "file_size": str(self.size)}

    @classmethod
    def brought(cls, told: Json) -> Attached:
        return cls(str(told["file"]), str(told["file_url"]), int(told["file_size"]))


def attached(message: Json) -> Attached:
    """The one file of a message. Raises NoFile, and the sentence for one too large."""
    found = [each for each in message.get("files") or () if each.get("mode") != "tombstone"]
    if not found:
        raise NoFile("There is no file attached to this message.")
    if len(found) > 1:
        raise NoFile("Several files are attached; post the record in a message of its own.")
    told = found[0]
    name = str(told.get("name") or told.get("title") or "the file")[:200]
    url = str(told.get("url_private_download") or told.get("url_private") or "")
    if told.get("is_external") or told.get("file_access") == "check_file_info" or not url:
        raise NoFile(f"{name} is not kept in this Slack, so Duly does not fetch it.")
    size = int(told.get("size") or 0)
    if (error := too_large(name, size)) is not None:
        raise error
    return Attached(name, url, size)


async def download(client: AsyncWebClient, file: Attached) -> bytes:
    """The file's bytes, at most 10 MB of them. Raises NoFile.

    The bot's token goes with the request, so no other host is asked and no redirect followed.
    """
    if not _is_slacks(file.url, client.base_url):
        raise NoFile(f"{file.name} is not on Slack's own file host, so Duly does not fetch it.")
    headers = {"Authorization": f"Bearer {client.token}"}
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(file.url, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status != 200 or (answer.content_type == "text/html" and not _is_page(file)):
                raise NoFile(f"Slack did not hand over {file.name} (status {answer.status}).")
            content = bytearray()
            async for part in answer.content.iter_chunked(65536):
                content += part
                if len(content) > MOST_BYTES:
                    break
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NoFile(f"{file.name} could not be fetched from Slack; please try again.") from error
    if (large := too_large(file.name, len(content))) is not None:
        raise large
    return bytes(content)


def _is_page(file: Attached) -> bool:
    """Without leave Slack answers with its sign-in page, which only a web page may be."""
    return file.name.lower().endswith((".html", ".htm"))


def _is_slacks(url: str, api_url: str) -> bool:
    """Slack's own file host over TLS; the stand-in's own address where the API is on loopback."""
    asked, api = urlsplit(url), urlsplit(api_url)
    if api.hostname in _LOOPBACK:
        return (asked.scheme, asked.netloc) == (api.scheme, api.netloc)
    return asked.scheme == "https" and asked.netloc == HOST
