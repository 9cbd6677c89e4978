"""Draws Duly's two icons for Teams: `python teams/draw_icons.py` writes them beside itself.

A tick in a ring, in colour on the field of the app and in white for Teams' own bars.
"""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from math import hypot
from pathlib import Path

Pixel = tuple[int, int, int, int]

NAVY, WHITE, GREEN = (31, 58, 95), (255, 255, 255), (126, 211, 143)
TICK = ((0.32, 0.52), (0.45, 0.65), (0.70, 0.36))
"""The tick's corners, as parts of the side."""
FINE = 4
"""Each pixel is looked at so many times across and down, so that edges are smooth."""


def draw(side: int, *, colour: bool) -> bytes:
    """The icon as a PNG of `side` pixels."""
    rows = []
    for y in range(side):
        row = bytearray([0])
        for x in range(side):
            row += bytes(_pixel(x, y, side, colour))
        rows.append(bytes(row))
    return _png(side, b"".join(rows))


def _pixel(x: int, y: int, side: int, colour: bool) -> Pixel:
    ring = tick = 0
    for down in range(FINE):
        for across in range(FINE):
            u, v = (x + (across + 0.5) / FINE) / side, (y + (down + 0.5) / FINE) / side
            width = 0.055 if colour else 0.06
            reach = 0.30 if colour else 0.42
            ring += abs(hypot(u - 0.5, v - 0.5) - reach) < width / 2
            tick += _near_tick(u, v) < width * 0.7
    most = FINE * FINE
    if not colour:
        return (*WHITE, 255 * min(most, ring + tick) // most)
    mixed = _mix(NAVY, WHITE, ring / most)
    return (*_mix(mixed, GREEN, tick / most), 255)


def _near_tick(u: float, v: float) -> float:
    """Distance of a point from the tick's two strokes."""
    distances = []
    for (ax, ay), (bx, by) in pairwise(TICK):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        part = max(0.0, min(1.0, ((u - ax) * (bx - ax) + (v - ay) * (by - ay)) / length))
        distances.append(hypot(u - ax - part * (bx - ax), v - ay - part * (by - ay)))
    return min(distances)


def _mix(
    under: tuple[int, int, int], over: tuple[int, int, int], part: float
) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(under, over, strict=True))
    return red, green, blue


def _png(side: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


if __name__ == "__main__":
    folder = Path(__file__).parent
    (folder / "color.png").write_bytes(draw(192, colour=True))
    (folder / "outline.png").write_bytes(draw(32, colour=False))
