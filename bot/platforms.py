"""Registry of the chat platforms: the settings, the face and the checks of each, in one line.

Faces and checks are named by their address and imported only where the platform is configured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name

from bot.chat.face_group import Face, FaceGroup
from bot.doctor.check import Check
from bot.settings import PlatformSettings, Settings, load
from bot.slack.settings import SlackSettings
from bot.teams.settings import TeamsSettings
from db.store import Reading, Store


@dataclass(frozen=True)
class RegisteredPlatform:
    settings: type[PlatformSettings]
    face: str
    """`(Store, Settings, <settings>) -> Face`"""
    checks: str
    """`(Reading, Settings, <settings>) -> Iterable[Check]`, for `duly doctor`."""


PLATFORMS = (
    RegisteredPlatform(SlackSettings, "bot.slack.face:create_face", "bot.doctor.slack:check_slack"),
    RegisteredPlatform(TeamsSettings, "bot.teams.face:create_face", "bot.doctor.teams:check_teams"),
)
"""Slack before Teams: a message goes to the last that reaches its reader, so Teams takes what is
for somebody who was met there, and leaves the rest to Slack."""


def load_platforms() -> tuple[PlatformSettings, ...]:
    """The settings of the platforms of which anything is set. Raises BadConfiguration."""
    return tuple(given for one in PLATFORMS if (given := load(one.settings)).given)


def missing(platforms: Sequence[PlatformSettings]) -> str | None:
    """The sentence about what has to be set before Duly is anywhere; None when nothing is."""
    if not platforms:
        needs = ", ".join(one.settings.needs for one in PLATFORMS)
        pages = " and ".join(one.settings.page for one in PLATFORMS)
        return (
            f"No platform is configured: {needs}, in the environment or in a file .env; {pages} "
            "say where to find them."
        )
    return next(filter(None, (settings.missing() for settings in platforms)), None)


def open_faces(
    store: Store, settings: Settings, platforms: Sequence[PlatformSettings]
) -> FaceGroup:
    """A face for each configured platform. Raises BadConfiguration for one that cannot be used."""
    faces: list[Face] = [
        resolve_name(_registered(own).face)(store, settings, own) for own in reversed(platforms)
    ]
    return FaceGroup(faces)


def check_platforms(
    reading: Reading, settings: Settings, platforms: Sequence[PlatformSettings]
) -> Iterator[Check]:
    """The checks of `duly doctor` for each configured platform."""
    for own in platforms:
        checks: Iterable[Check] = resolve_name(_registered(own).checks)(reading, settings, own)
        yield from checks


def _registered(own: PlatformSettings) -> RegisteredPlatform:
    return next(one for one in PLATFORMS if one.settings is type(own))
