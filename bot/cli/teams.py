"""`duly teams`: the app package for Teams, its manifest and icons in a zip."""

from __future__ import annotations

import io
import json
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.options import At, command_group
from bot.cli.output import say
from db.private_file import opener
from governance.errors import BadConfiguration

OUTPUT = Path("duly-teams.zip")
FOLDERS = (Path(__file__).parents[2] / "teams", Path(sys.prefix) / "share" / "duly" / "teams")
"""Of the manifest and the icons: in Duly's own sources, and where it is installed."""
MANIFEST, ICONS = "manifest.json", ("color.png", "outline.png")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same package is the same file, whenever it is made."""


app = command_group("teams", "Microsoft Teams.")


@app.command()
def package(
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the package is written.")
    ] = OUTPUT,
    _at: At = None,
) -> None:
    """Write the app package that an administrator uploads to Teams."""
    from bot.settings import load, load_settings
    from bot.teams.settings import TeamsSettings

    settings, teams = load_settings(), load(TeamsSettings)
    content = build_package(teams.client_id, settings.public_url)
    try:
        with open(output, "wb", opener=opener) as file:
            file.write(content)
    except OSError as error:
        raise BadConfiguration(f"{output} cannot be written: {error.strerror}.") from error
    say(f"{output} is ready: upload it in the Teams admin center (docs/teams.md).")


def build_package(client_id: str | None, url: str | None = None) -> bytes:
    """The zip. Raises BadConfiguration."""
    manifest = json.dumps(build_manifest(client_id, url), indent=2, ensure_ascii=False).encode()
    files = {MANIFEST: manifest} | {name: _read(name) for name in ICONS}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def build_manifest(client_id: str | None, url: str | None) -> dict[str, Any]:
    """The manifest of the app with this id; `url` is the address of its website.

    Raises BadConfiguration for an id that is none.
    """
    try:
        id = str(uuid.UUID(client_id or ""))
    except ValueError:
        raise BadConfiguration(
            "Set TEAMS_CLIENT_ID to the app's id (Application ID on the registration's page, "
            f"36 characters); it is {client_id!r}."
        ) from None
    manifest: dict[str, Any] = json.loads(_read(MANIFEST))
    manifest["id"] = id
    for part in (*manifest["bots"], *manifest["composeExtensions"]):
        part["botId"] = id
    if url is not None and url.startswith("https://"):
        for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
            manifest["developer"][name] = url
    return manifest


def _read(name: str) -> bytes:
    for folder in FOLDERS:
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise BadConfiguration(
        f"teams/{name} is not here: make the package in a copy of Duly's own sources."
    )
