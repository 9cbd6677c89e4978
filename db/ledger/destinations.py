"""Queries of destinations: a person's or a channel's address on a platform, and its pace.

An address is bound when it is first seen and never taken over by somebody else's: a person's
holds their user and team, a channel's its id, so that a renamed channel is still the board's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from db.store import Reading, Writing
from db.tables import Destination

Place: TypeAlias = "tuple[str, str]"
"""A destination's key on a platform."""


def destination(reading: Reading, platform: str, key: str) -> Destination | None:
    """The destination of `key` (a person key, or a channel with its #) on `platform`."""
    return reading.session.get(Destination, (reading.key, key, platform))


def channel_bound_to(reading: Reading, platform: str, channel: str) -> Destination | None:
    """The destination whose address is the channel with this id."""
    statement = reading.select(Destination).where(Destination.platform == platform)
    return next(
        (
            row
            for row in reading.all(statement)
            if row.key.startswith("#") and row.address.get("channel") == channel
        ),
        None,
    )


def bind(writing: Writing, platform: str, key: str, address: Mapping[str, Any]) -> bool:
    """Keep `address` for `key`; False when `key` is bound to another channel for good.

    A channel's id stays as first bound, and what else is known of it is added. A person's address
    is added to while the user is the same, and is a new one when the organisation names another.
    """
    row = destination(writing, platform, key)
    if row is None:
        row = Destination(organisation=writing.key, key=key, platform=platform)
        row.address = dict(address)
        writing.add(row)
        return True
    known = row.address
    if key.startswith("#") and known.get("channel", address["channel"]) != address["channel"]:
        return False
    same = all(known.get(name) == address.get(name) for name in ("user", "team"))
    row.address = {**known, **address} if same else dict(address)
    writing.add(row)
    return True


def stop(writing: Writing, platform: str, channel: str, why: str | None) -> str | None:
    """Keep in the address of the channel with this id why nothing is posted there any more, or
    with None that it is again; gives the channel's key where that changed, else None."""
    row = channel_bound_to(writing, platform, channel)
    if row is None or row.address.get("stopped") == why:
        return None
    address = {name: value for name, value in row.address.items() if name != "stopped"}
    row.address = address | ({"stopped": why} if why else {})
    writing.add(row)
    return row.key


def addresses(reading: Reading, platform: str) -> dict[str, dict[str, Any]]:
    """Everybody's address on `platform`, by key."""
    statement = reading.select(Destination).where(Destination.platform == platform)
    return {row.key: row.address for row in reading.all(statement)}


def known_addresses(reading: Reading, platform: str) -> list[Mapping[str, Any]]:
    """Every address on `platform`."""
    statement = reading.select(Destination).where(Destination.platform == platform)
    return [row.address for row in reading.all(statement)]


def known_channels(reading: Reading, platform: str, team: str) -> list[str]:
    """The ids of the boards' channels that belong to one of the platform's teams."""
    addresses = known_addresses(reading, platform)
    return [str(a["channel"]) for a in addresses if a.get("team") == team and a.get("channel")]


def unreach(writing: Writing, platform: str, name: str, address: Mapping[str, Any]) -> None:
    """Take what no longer leads anywhere ("channel" or "conversation") out of each address that
    holds everything in `address`."""
    statement = writing.select(Destination).where(Destination.platform == platform)
    for row in writing.all(statement):
        if row.address.items() >= address.items():
            row.address = {k: v for k, v in row.address.items() if k != name}
            writing.add(row)


def lock_pace(writing: Writing, places: Collection[Place]) -> dict[Place, datetime | None]:
    """The moment at which each place is free for the next post. The rows are locked, in the order
    of their keys, until the transaction ends; a place gets its row with its first post."""
    if not places:
        return {}
    statement = (
        select(col(Destination.key), col(Destination.platform), col(Destination.next_free_at))
        .where(
            col(Destination.organisation) == writing.key,
            col(Destination.key).in_(sorted({key for key, _ in places})),
            col(Destination.platform).in_(sorted({platform for _, platform in places})),
        )
        .order_by(Destination.key, Destination.platform)
        .with_for_update()
    )
    connection = writing.session.connection()
    free = {(key, platform): at for key, platform, at in connection.execute(statement)}
    if missing := sorted(set(places) - set(free)):
        rows = [
            {"organisation": writing.key, "key": key, "platform": platform, "address": {}}
            for key, platform in missing
        ]
        writing.insert_new(Destination, rows)
        free = {(key, platform): at for key, platform, at in connection.execute(statement)}
    return {place: free[place] for place in places}


def set_pace(writing: Writing, moments: Mapping[Place, datetime | None]) -> None:
    """Let each place be free for the next post from then on."""
    if moments:
        writing.session.connection().execute(
            update(Destination)
            .where(
                col(Destination.organisation) == writing.key,
                col(Destination.key) == bindparam("place_key"),
                col(Destination.platform) == bindparam("place_platform"),
            )
            .values(next_free_at=bindparam("moment")),
            [
                {"place_key": key, "place_platform": platform, "moment": moment}
                for (key, platform), moment in moments.items()
            ],
        )
