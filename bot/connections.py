"""A connection that a face keeps open to its platform, as its operator sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Connection:
    platform: str
    name: str
    """Its place among those of the platform: "1"."""
    up: bool
    silent: float | None
    """Seconds since the platform sent anything on it, pongs aside; None when it never did."""
