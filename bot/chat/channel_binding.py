"""Binding of boards' channels to a platform's ids, so that a renamed channel stays its board's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.ledger.destinations import channel_bound_to, destination
from db.store import Reading


@dataclass(frozen=True)
class ChannelBinding:
    """A channel as the core names it, and its address where it is bound."""

    name: str
    """A board's channel as the organisation file has it, else the channel's own name or id, each
    with its #."""
    address: Mapping[str, Any] | None = None
    free: bool = False
    """It has the name of a board's channel that is bound to no id yet."""


def find_binding(reading: Reading, platform: str, id: str, name: str) -> ChannelBinding:
    """The binding of the channel with this id, which its platform calls `name`."""
    bound = channel_bound_to(reading, platform, id)
    if bound is not None:
        return ChannelBinding(bound.key, bound.address)
    key = board_channel(reading, name)
    if key is None:
        return ChannelBinding(f"#{name or id}")
    if destination(reading, platform, key) is not None:
        return ChannelBinding(f"#{id}")  # another channel was the board's before this took its name
    return ChannelBinding(key, free=True)


def board_channel(reading: Reading, name: str) -> str | None:
    """The channel of a board that is called `name`, as the organisation file has it."""
    for board in reading.directory.boards.values():
        if board.channel and name and board.channel.lstrip("#").casefold() == name.casefold():
            return f"#{board.channel.lstrip('#')}"
    return None
