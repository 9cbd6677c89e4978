"""teams/manifest.json names what the app handles, and its package is one that Teams takes."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from bot.cli.teams import FOLDERS, MANIFEST, build_package
from bot.teams.message_extension import SAVE, SEARCH, WORDS
from commands.router import verb_at_head
from governance.errors import BadConfiguration
from tests.cli.conftest import Duly, duly, folder

__all__ = ["duly", "folder"]

CLIENT = "d0170000-0000-4000-8000-00000000000b"
HERE = json.loads((FOLDERS[0] / MANIFEST).read_text(encoding="utf-8"))
LOCAL = Path(__file__).parent / "local"
SCHEMAS = LOCAL / "node_modules/@microsoft/app-manifest/build/json-schemas/teams"


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def valid(manifest: dict[str, Any]) -> list[str]:
    path = SCHEMAS / f"v{manifest['manifestVersion']}" / "MicrosoftTeams.schema.json"
    assert path.exists(), "install it: npm ci --ignore-scripts in tests/teams/local"
    schema = json.loads(path.read_text(encoding="utf-8-sig"))
    return [f"{list(e.path)}: {e.message}" for e in Draft4Validator(schema).iter_errors(manifest)]


def test_the_package_is_valid_by_microsofts_own_schema() -> None:
    files = unpacked(build_package(CLIENT, "https://duly.force.example"))
    assert set(files) == {"manifest.json", "color.png", "outline.png"}
    manifest = json.loads(files["manifest.json"])
    assert valid(manifest) == []
    assert valid(HERE) == []
    ids = {manifest["id"], *(each["botId"] for each in manifest["bots"])}
    assert ids | {each["botId"] for each in manifest["composeExtensions"]} == {CLIENT}
    assert manifest["developer"]["websiteUrl"] == "https://duly.force.example"


def test_the_icons_have_the_sizes_that_teams_wants() -> None:
    files = unpacked(build_package(CLIENT))
    assert size(files["color.png"]) == (192, 192)
    assert size(files["outline.png"]) == (32, 32)


def test_the_same_package_is_the_same_file() -> None:
    assert build_package(CLIENT) == build_package(CLIENT.upper())


def test_the_menu_has_at_most_ten_commands_and_each_is_understood() -> None:
    (menu,) = HERE["bots"][0]["commandLists"]
    said = [each["title"] for each in menu["commands"]]
    assert 0 < len(said) <= 10
    for each in said:
        assert verb_at_head(each) is not None, each


def test_the_message_extension_is_the_one_that_is_handled() -> None:
    search, save = HERE["composeExtensions"][0]["commands"]
    assert (search["id"], search["parameters"][0]["name"]) == (SEARCH, WORDS)
    assert (save["id"], save["context"], save["fetchTask"]) == (SAVE, ["message"], True)


@pytest.mark.parametrize("id", [None, "", "dev-bot"])
def test_an_id_that_is_none_is_refused(id: str | None) -> None:
    with pytest.raises(BadConfiguration) as refused:
        build_package(id)
    assert "TEAMS_CLIENT_ID" in refused.value.sentence


def test_duly_teams_package_writes_it(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_CLIENT_ID", CLIENT)
    ran = duly("teams", "package")
    assert ran.status == 0
    assert "duly-teams.zip is ready" in ran.out
    assert (folder / "duly-teams.zip").read_bytes() == build_package(CLIENT)
    monkeypatch.delenv("TEAMS_CLIENT_ID")
    ran = duly("teams", "package")
    assert ran.status == 1
    assert ran.err.count("\n") == 1
