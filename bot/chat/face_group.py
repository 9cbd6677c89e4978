"""Faces: the interface of a platform's side of the process, and several of them as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from fastapi import FastAPI

from db.store import Store
from governance.errors import BadConfiguration
from scheduler.courier import Courier, Couriers, each

Delivering = Sequence[tuple[Store, Couriers]]


@dataclass(frozen=True)
class Connection:
    """State of a connection that a face keeps open to its platform."""

    platform: str
    name: str
    """Its number among those of the platform: "1"."""
    up: bool
    silent: float | None
    """Seconds since the platform sent anything on it, pongs aside; None when it never did."""


class Face(Protocol):
    """One platform's side of the process."""

    @property
    def ways(self) -> str:
        """Its transports in words: "on Slack by HTTP"."""
        ...

    def route(self, server: FastAPI) -> None: ...

    async def start(self) -> None:
        """Begin what lives on the serving loop; waits for nothing of the platform's."""
        ...

    async def stop(self) -> None:
        """Finish what is in hand, and let go of the platform."""
        ...

    def couriers(self, claim: timedelta) -> Delivering:
        """The couriers of each organisation, with its store; each message is claimed for so
        long."""
        ...

    def connections(self) -> Sequence[Connection]:
        """The connections that it keeps open to its platform."""
        ...

    def refuse_pretended(self) -> None:
        """Raises BadConfiguration once the store is one that real people must not hear from."""
        ...

    def reasons(self) -> list[str]:
        """The reasons why the platform is not ready; none when it is."""
        ...


class FaceGroup:
    """Several faces over one store, as one."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._faces = tuple(faces)

    @property
    def ways(self) -> str:
        return " and ".join(face.ways for face in self._faces)

    def route(self, server: FastAPI) -> None:
        for face in self._faces:
            face.route(server)

    async def start(self) -> None:
        for face in self._faces:
            await face.start()

    async def stop(self) -> None:
        for face in self._faces:
            await face.stop()

    def couriers(self, claim: timedelta) -> Delivering:
        """The couriers of each organisation: a message goes to the first face that reaches it."""
        by_organisation: dict[int, tuple[Store, list[Courier]]] = {}
        for face in self._faces:
            for store, couriers in face.couriers(claim):
                with store.read() as reading:
                    _, collected = by_organisation.setdefault(reading.key, (store, []))
                collected.extend(each(couriers))
        return list(by_organisation.values())

    def connections(self) -> Sequence[Connection]:
        return [one for face in self._faces for one in face.connections()]

    def refuse_pretended(self) -> None:
        for face in self._faces:
            face.refuse_pretended()

    def reasons(self) -> list[str]:
        return [reason for face in self._faces for reason in face.reasons()]


def refuse_pretended(store: Store, platform: str) -> None:
    """Keep a store whose time is pretended, or whose force is invented, away from real people.

    Raises BadConfiguration for such a store; `platform` is one beyond this machine.
    """
    with store.read() as reading:
        kind = reading.mark("kind")
    if kind is not None or store.clock.pretended:
        raise BadConfiguration(
            f"This is a {kind or 'pretended'} store, which {platform} must not hear from: import "
            "the records into a new store, named by --db or DULY_DATABASE_URL."
        )
