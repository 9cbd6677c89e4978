"""Download of a file attached to a message: from Slack's own host only, at most 10 MB."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import Json
from commands.importing import too_large
from governance.errors import DulyError
from governance.limits import RECORD_BYTES

HOST = "files.slack.com"
SECONDS = 30
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NoFile(DulyError):
    """The message has no file that could be read, or Slack does not hand it over."""


@dataclass(frozen=True)
class Attachment:
    """One file, as a message names it."""

    name: str
    url: str
    size: int

    def to_metadata(self) -> dict[str, str]:
        """As a modal's private_metadata carries it."""
        return {"file": self.name, "file_url": self.url, "file_size": str(self.size)}

    @classmethod
    def from_metadata(cls, metadata: Json) -> Attachment:
        return cls(str(metadata["file"]), str(metadata["file_url"]), int(metadata["file_size"]))


def attachment_of(message: Json) -> Attachment:
    """The one file of a message. Raises NoFile, and the sentence for one too large."""
    files = [each for each in message.get("files") or () if each.get("mode") != "tombstone"]
    if not files:
        raise NoFile("There is no file attached to this message.")
    if len(files) > 1:
        raise NoFile("Several files are attached; post the record in a message of its own.")
    info = files[0]
    name = str(info.get("name") or info.get("title") or "the file")[:200]
    url = str(info.get("url_private_download") or info.get("url_private") or "")
    if info.get("is_external") or info.get("file_access") == "check_file_info" or not url:
        raise NoFile(f"{name} is not kept in this Slack, so Duly does not fetch it.")
    size = int(info.get("size") or 0)
    if (error := too_large(name, size)) is not None:
        raise error
    return Attachment(name, url, size)


async def download(client: AsyncWebClient, file: Attachment) -> bytes:
    """The file's bytes, at most 10 MB of them. Raises NoFile.

    The bot's token goes with the request, so no other host is asked and no redirect followed;
    it goes by the proxy of HTTPS_PROXY, as every call of the client does.
    """
    if not _is_slacks(file.url, client.base_url):
        raise NoFile(f"{file.name} is not on Slack's own file host, so Duly does not fetch it.")
    headers = {"Authorization": f"Bearer {client.token}"}
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(
                file.url, headers=headers, allow_redirects=False, proxy=client.proxy
            ) as answer,
        ):
            if answer.status != 200 or (answer.content_type == "text/html" and not _is_page(file)):
                raise NoFile(f"Slack did not hand over {file.name} (status {answer.status}).")
            content = bytearray()
            async for part in answer.content.iter_chunked(65536):
                content += part
                if len(content) > RECORD_BYTES:
                    break
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NoFile(f"{file.name} could not be fetched from Slack; please try again.") from error
    if (large := too_large(file.name, len(content))) is not None:
        raise large
    return bytes(content)


def _is_page(file: Attachment) -> bool:
    """Without leave Slack answers with its sign-in page, which only a web page may be."""
    return file.name.lower().endswith((".html", ".htm"))


def _is_slacks(url: str, api_url: str) -> bool:
    """Slack's own file host over TLS; the stand-in's own address where the API is on loopback."""
    file, api = urlsplit(url), urlsplit(api_url)
    if api.hostname in _LOOPBACK:
        return (file.scheme, file.netloc) == (api.scheme, api.netloc)
    return file.scheme == "https" and file.netloc == HOST
