"""Checks of `duly doctor`: the metrics' address, the heartbeat's, and the clocks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.doctor.check import Check
from bot.settings import Settings
from db.store import Reading

TIMEOUT = 5.0
PORTS = {"http": 80, "https": 443}
METRIC = b"duly_ticks_total"
"""A metric that only Duly has."""
CLOCKS_APART = timedelta(seconds=5)
"""Replicas whose clocks are further apart take each other's claims too early, or too late."""


def check_clock(reading: Reading) -> Iterator[Check]:
    """This machine's clock beside Postgres's, which all replicas can ask."""
    there = reading.backend.server_time(reading.session.connection())
    if there is not None:
        yield compare_clocks(reading.clock.machine(), there)


def compare_clocks(here: datetime, there: datetime) -> Check:
    """This machine's time beside the store's, read at one moment."""
    apart = abs(here - there)
    if apart <= CLOCKS_APART:
        return Check("store's clock", True, f"Within {CLOCKS_APART.seconds} s of this machine's.")
    side = "ahead of" if here > there else "behind"
    return Check(
        "store's clock",
        False,
        f"This machine's clock is {apart.total_seconds():.0f} s {side} the store's, so that "
        "replicas cannot tell when a claim has run out.",
        "Set both by a time server (NTP).",
    )


def check_observability(settings: Settings) -> Iterator[Check]:
    """One check for each that is set; nothing is served, and no heartbeat is sent."""
    if settings.metrics_port is not None:
        yield _metrics(settings.metrics_host, settings.metrics_port)
    if settings.heartbeat_url is not None:
        yield _heartbeat(settings.heartbeat_url)


def _metrics(host: str, port: int) -> Check:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
        else:
            return Check("metrics", True, f"{host}:{port} is free for them.")
    if _serves_metrics(host, port):
        return Check("metrics", True, f"A Duly that runs serves them on {host}:{port}.")
    return Check(
        "metrics",
        False,
        f"They cannot be served on {host}:{port}: {why}.",
        "Choose another address with DULY_METRICS_HOST and DULY_METRICS_PORT.",
    )


def _serves_metrics(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/metrics")
        return METRIC in connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _heartbeat(url: str) -> Check:
    """A connection to the server; no ping is sent, since that would say that Duly is well."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    name = host
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(host):
        through = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        host, port = through.hostname or "", through.port or 80
        name = f"{name}, through the proxy {host},"
    try:
        socket.create_connection((host, port), timeout=TIMEOUT).close()
    except OSError as error:
        return Check(
            "heartbeat",
            False,
            f"{name} cannot be reached: {error.strerror or error}.",
            "Put DULY_HEARTBEAT_URL right, or let this machine reach it.",
        )
    return Check("heartbeat", True, f"{name} can be reached; it was not asked.")
