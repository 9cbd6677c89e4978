"""The token of each workspace: found by its team, refreshed before it runs out, and forgotten
when Duly is removed there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.slack.channels import PLATFORM
from bot.slack.oauth.tokens import Exchange, NotExchanged
from db import installations as kept
from db.installations import Tokens
from db.store import Actor, Store
from db.tables import Installation

SOON = timedelta(minutes=10)
"""A token that runs out sooner than this is refreshed before it is used."""
IN_HAND = timedelta(seconds=30)
"""How long one process may take to refresh before another tries."""
ACTOR = Actor("slack", "slack")

log = logging.getLogger("duly.slack.tokens")


@dataclass(frozen=True)
class Installed:
    """Duly in one workspace, with the token in clear."""

    organisation: int
    team: str
    name: str
    bot: str
    token: str
    expires_at: datetime | None = None

    def runs_out(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at - now < SOON


class Installations:
    """The workspaces of every organisation in `store`, each seen as its own organisation."""

    def __init__(self, store: Store, exchange: Exchange) -> None:
        self.store = store
        self.exchange = exchange

    def found(self, team: str) -> Installed | None:
        """The installation in a workspace, as it stands. Raises BadConfiguration for a token that
        another key has encrypted."""
        with self.store.read() as reading:
            organisation = kept.belongs_to(reading, PLATFORM, team)
        if organisation is None:
            return None
        with self.store.of(organisation).read() as reading:
            row = kept.installation(reading, PLATFORM, team)
        return self._opened(row)

    def fresh(self, team: str) -> Installed | None:
        """As `found`, its token refreshed when it runs out within 10 minutes; asks Slack then.

        Where Slack does not answer, or another process is at it, the token there is.
        """
        known = self.found(team)
        now = self.store.clock.machine()
        if known is None or not known.runs_out(now):
            return known
        store = self.store.of(known.organisation)
        with store.write(ACTOR) as writing:
            refresh = kept.take_refresh(writing, PLATFORM, team, now + IN_HAND)
        if refresh is None:
            return self.found(team)
        try:
            tokens = self.exchange.refresh(refresh, now)
        except NotExchanged:
            return known
        self._renew(store, team, refresh, tokens)
        log.info("token refreshed", extra={"team": team})
        return self.found(team)

    def own(self, organisation: int) -> str | None:
        """The workspace in which an organisation was installed first."""
        with self.store.of(organisation).read() as reading:
            rows = kept.installations(reading, PLATFORM)
        return rows[0].team if rows else None

    def teams(self, organisation: int) -> set[str]:
        """The organisation's workspaces in which Duly is installed now."""
        with self.store.of(organisation).read() as reading:
            rows = kept.installations(reading, PLATFORM)
        return {row.team for row in rows if row.token is not None}

    def forget(self, team: str, told_at: datetime | None) -> None:
        """Duly was removed from a workspace, or its token revoked, as Slack told then."""
        with self.store.read() as reading:
            organisation = kept.belongs_to(reading, PLATFORM, team)
        if organisation is None:
            return
        with self.store.of(organisation).write(ACTOR) as writing:
            gone = kept.uninstall(writing, PLATFORM, team, told_at)
        if gone:
            log.warning("removed from a workspace", extra={"team": team})

    def _renew(self, store: Store, team: str, refresh: str, tokens: Tokens) -> None:
        with store.write(ACTOR) as writing:
            kept.renew(writing, PLATFORM, team, refresh, tokens)

    def _opened(self, row: Installation | None) -> Installed | None:
        if row is None or row.token is None:
            return None
        return Installed(
            row.organisation,
            row.team,
            row.name,
            row.bot,
            self.exchange.vault.opened(row.token),
            row.expires_at,
        )
