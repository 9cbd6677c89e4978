"""The app package that an administrator uploads to Teams: the manifest and its icons in a zip."""

from __future__ import annotations

import io
import json
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

from governance.errors import BadConfiguration

FOLDERS = (Path(__file__).parents[2] / "teams", Path(sys.prefix) / "share" / "duly" / "teams")
"""In Duly's own sources, and where it is installed."""
MANIFEST, ICONS = "manifest.json", ("color.png", "outline.png")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same package is the same file, whenever it is made."""


def manifest(client_id: str | None, url: str | None) -> dict[str, Any]:
    """The manifest of the app with this id; `url` is where its people find out about it.

    Raises BadConfiguration for an id that is none.
    """
    try:
        id = str(uuid.UUID(client_id or ""))
    except ValueError:
        raise BadConfiguration(
            "Set TEAMS_CLIENT_ID to the app's id (Application ID on the registration's page, "
            f"36 characters); it is {client_id!r}."
        ) from None
    found: dict[str, Any] = json.loads(_read(MANIFEST))
    found["id"] = id
    for part in (*found["bots"], *found["composeExtensions"]):
        part["botId"] = id
    if url is not None and url.startswith("https://"):
        for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
            found["developer"][name] = url
    return found


def package(client_id: str | None, url: str | None = None) -> bytes:
    """The zip. Raises BadConfiguration."""
    files = {MANIFEST: json.dumps(manifest(client_id, url), indent=2, ensure_ascii=False).encode()}
    files |= {name: _read(name) for name in ICONS}
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return kept.getvalue()


def _read(name: str) -> bytes:
    for folder in FOLDERS:
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise BadConfiguration(
        f"teams/{name} is not here: make the package in a copy of Duly's own sources."
    )
