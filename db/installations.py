"""Installations of Duly in chat workspaces, and the invitation links by which they are made.

A workspace belongs to one organisation for good. Whoever comes from a platform is known by their
workspace only, so `belongs_to` and the looks at an invitation are the one place where rows of
every organisation are searched; each gives nothing but the number of the one they belong to.
What is a secret comes in encrypted or hashed.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from db.store import Reading, Writing
from db.tables import Installation, Invitation, Organisation
from governance.errors import DulyError

VALID = timedelta(hours=24)
"""The life of an invitation."""
AWAY = timedelta(minutes=10)
"""The time that somebody may stay at the platform's page."""
SUBJECT = "organisation"


class NotInvited(DulyError):
    """The link is unknown, used or too old."""

    def __init__(self) -> None:
        super().__init__(
            "This link has been used, or is more than 24 hours old. "
            "Whoever runs Duly can make another: duly slack invite."
        )


class NotTheSameBrowser(DulyError):
    """The answer from the platform belongs to no question that this browser asked."""

    def __init__(self) -> None:
        super().__init__(
            "This browser did not begin this installation, or began it more than ten minutes "
            "ago. Please open the link again."
        )


class TakenWorkspace(DulyError):
    """The workspace is another organisation's."""

    def __init__(self) -> None:
        super().__init__(
            "This workspace belongs to another organisation on this Duly, and stays with it. "
            "Nothing was changed."
        )


@dataclass(frozen=True)
class Tokens:
    """The tokens of a workspace, encrypted."""

    token: str
    refresh: str | None = None
    expires_at: datetime | None = None


def organisations(reading: Reading) -> list[int]:
    """The number of each organisation in this store, the first founded first."""
    return [id for id in reading.session.exec(select(Organisation.id).order_by("id")) if id]


# Invitations


def invite(writing: Writing) -> str:
    """The secret of a new link, of which the store keeps only a hash."""
    secret = secrets.token_urlsafe(32)
    ends = writing.clock.machine() + VALID
    writing.add(Invitation(organisation=writing.key, token_hash=hashed(secret), expires_at=ends))
    writing.note("invite", SUBJECT, note="a link to install Duly in a workspace")
    return secret


def invited(reading: Reading, secret: str) -> int:
    """The organisation that an unused invitation is for. Raises NotInvited."""
    return _open(reading, col(Invitation.token_hash) == hashed(secret)).organisation


def leave_for_platform(writing: Writing, secret: str) -> tuple[str, str]:
    """The state that goes to the platform and the cookie that stays in the browser: only both
    together bring the invitation back, once. Raises NotInvited."""
    invitation = _open(writing, col(Invitation.token_hash) == hashed(secret))
    state, cookie = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    invitation.state_hash = hashed(f"{state}.{cookie}")
    invitation.state_until = writing.clock.machine() + AWAY
    writing.add(invitation)
    return state, cookie


def returning(reading: Reading, state: str, cookie: str) -> int:
    """The organisation of whoever comes back. Raises NotTheSameBrowser, NotInvited."""
    return _away(reading, state, cookie).organisation


def back_from_platform(writing: Writing, state: str, cookie: str) -> int:
    """The number of the invitation that was left with; its state is good no more.

    Raises NotTheSameBrowser, NotInvited.
    """
    invitation = _away(writing, state, cookie)
    invitation.state_hash = invitation.state_until = None
    writing.add(invitation)
    assert invitation.id is not None
    return invitation.id


def _away(reading: Reading, state: str, cookie: str) -> Invitation:
    if not state or not cookie:
        raise NotTheSameBrowser
    condition = col(Invitation.state_hash) == hashed(f"{state}.{cookie}")
    invitation = reading.first(select(Invitation).where(condition))
    now = reading.clock.machine()
    if invitation is None or invitation.state_until is None or invitation.state_until <= now:
        raise NotTheSameBrowser
    return _open(reading, col(Invitation.id) == invitation.id)


def _open(reading: Reading, which: ColumnElement[bool]) -> Invitation:
    invitation = reading.first(select(Invitation).where(which))
    if (
        invitation is None
        or invitation.used_at is not None
        or invitation.expires_at <= reading.clock.machine()
    ):
        raise NotInvited
    return invitation


def hashed(secret: str) -> str:
    """A secret as the store keeps it: it is long and random, so that no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


# Installations


def belongs_to(reading: Reading, platform: str, team: str) -> int | None:
    """The organisation that a workspace belongs to, None where it was never installed in."""
    statement = select(Installation.organisation).where(
        Installation.platform == platform, Installation.team == team
    )
    return reading.session.exec(statement).first()


def installation(reading: Reading, platform: str, team: str) -> Installation | None:
    """The organisation's own installation in a workspace."""
    statement = reading.select(Installation).where(
        Installation.platform == platform, Installation.team == team
    )
    return reading.first(statement)


def installations(reading: Reading, platform: str) -> list[Installation]:
    """The organisation's own installations, the first of which is its own workspace's."""
    statement = reading.select(Installation).where(Installation.platform == platform)
    return reading.all(statement.order_by(col(Installation.id)))


def install(
    writing: Writing,
    invitation: int,
    platform: str,
    team: str,
    *,
    name: str,
    bot: str,
    tokens: Tokens,
) -> Installation:
    """Keep what the platform handed out, and use up the invitation.

    Raises TakenWorkspace for one of another organisation, NotInvited where the invitation was
    used in the meantime.
    """
    if belongs_to(writing, platform, team) not in (None, writing.key):
        raise TakenWorkspace
    used = _open(writing, col(Invitation.id) == invitation)
    if used.organisation != writing.key:
        raise NotInvited
    used.used_at = writing.clock.machine()
    writing.add(used)
    row = installation(writing, platform, team)
    if row is None:
        row = Installation(
            organisation=writing.key,
            platform=platform,
            team=team,
            name=name,
            bot=bot,
            installed_at=used.used_at,
        )
    row.name, row.bot, row.installed_at = name, bot, used.used_at
    _set(row, tokens)
    writing.add(row)
    writing.note("install", SUBJECT, {"workspace": (None, team)}, note=name)
    return row


def uninstall(writing: Writing, platform: str, team: str, at: datetime | None = None) -> bool:
    """Forget a workspace's tokens; gives True where there were any. An event of before the latest
    installation is about an earlier one, and changes nothing."""
    row = installation(writing, platform, team)
    if row is None or row.token is None:
        return False
    # The platform tells whole seconds.
    if at is not None and at < row.installed_at.replace(microsecond=0):
        return False
    row.token = row.refresh = row.expires_at = row.refreshing_until = None
    writing.add(row)
    writing.note("uninstall", SUBJECT, {"workspace": (team, None)}, note=row.name)
    return True


def take_refresh(writing: Writing, platform: str, team: str, until: datetime) -> str | None:
    """The encrypted refresh token, for whoever comes first; it is theirs until then."""
    row = installation(writing, platform, team)
    now = writing.clock.machine()
    if row is None or row.refresh is None:
        return None
    if row.refreshing_until is not None and row.refreshing_until > now:
        return None
    row.refreshing_until = until
    writing.add(row)
    return row.refresh


def renew(writing: Writing, platform: str, team: str, refresh: str, tokens: Tokens) -> None:
    """Keep what `refresh` was exchanged for, unless the workspace has other tokens by now."""
    row = installation(writing, platform, team)
    if row is not None and row.refresh == refresh:
        _set(row, tokens)
        writing.add(row)


def _set(row: Installation, tokens: Tokens) -> None:
    row.token, row.refresh, row.expires_at = tokens.token, tokens.refresh, tokens.expires_at
    row.refreshing_until = None
