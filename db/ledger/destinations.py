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
    """Where `key` (a person key, or a channel with its #) is reached on `platform`."""
    return reading.session.get(Destination, (reading.key, key, platform))


def channel_bound_to(reading: Reading, platform: str, channel: str) -> Destination | None:
    """The destination whose address is the channel with this id."""
    asked = reading.select(Destination).where(Destination.platform == platform)
    return next(
        (
            found
            for found in reading.all(asked)
            if found.key.startswith("#") and found.address.get("channel") == channel
        ),
        None,
    )


def bind(writing: Writing, platform: str, key: str, address: Mapping[str, Any]) -> bool:
    """Keep `address` for `key`; False when `key` is bound to another channel for good.

    A channel's id stays as first bound, and what else is known of it is added. A person's address
    is added to while the user is the same, and is a new one when the organisation names another.
    """
    found = destination(writing, platform, key)
    if found is None:
        row = Destination(organisation=writing.key, key=key, platform=platform)
        row.address = dict(address)
        writing.add(row)
        return True
    known = found.address
    if key.startswith("#") and known.get("channel", address["channel"]) != address["channel"]:
        return False
    same = all(known.get(name) == address.get(name) for name in ("user", "team"))
    found.address = {**known, **address} if same else dict(address)
    writing.add(found)
    return True


def stop(writing: Writing, platform: str, channel: str, why: str | None) -> str | None:
    """Keep in the address of the channel with this id why nothing is posted there any more, or
    with None that it is again; gives the channel's key where that changed, else None."""
    found = channel_bound_to(writing, platform, channel)
    if found is None or found.address.get("stopped") == why:
        return None
    address = {name: value for name, value in found.address.items() if name != "stopped"}
    found.address = address | ({"stopped": why} if why else {})
    writing.add(found)
    return found.key


def addresses(reading: Reading, platform: str) -> dict[str, dict[str, Any]]:
    """Everybody's address on `platform`, by key."""
    asked = reading.select(Destination).where(Destination.platform == platform)
    return {found.key: found.address for found in reading.all(asked)}


def known_addresses(reading: Reading, platform: str) -> list[Mapping[str, Any]]:
    """Every address on `platform`."""
    asked = reading.select(Destination).where(Destination.platform == platform)
    return [found.address for found in reading.all(asked)]


def known_channels(reading: Reading, platform: str, team: str) -> list[str]:
    """The ids of the boards' channels that belong to one of the platform's teams."""
    addresses = known_addresses(reading, platform)
    return [str(a["channel"]) for a in addresses if a.get("team") == team and a.get("channel")]


def unreach(writing: Writing, platform: str, name: str, value: str) -> None:
    """Take what no longer leads anywhere out of whichever address has it: `name` is "channel"
    or "conversation"."""
    asked = writing.select(Destination).where(Destination.platform == platform)
    for found in writing.all(asked):
        if found.address.get(name) == value:
            found.address = {k: v for k, v in found.address.items() if k != name}
            writing.add(found)


def lock_pace(writing: Writing, places: Collection[Place]) -> dict[Place, datetime | None]:
    """When each place is free for the next post, locked until the transaction ends in the order of
    their keys; a place is known from its first post on, though not yet where it is."""
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
