"""What a command prints: an answer for people, or JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.shapes import Shape


def say(text: str = "") -> None:
    """One answer on standard output; what the terminal's encoding lacks is shown as "?"."""
    print_text(f"{text}\n")


def print_text(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def complain(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"duly: {' '.join(text.split())}\n")


def print_shape(shape: Shape) -> None:
    """JSON and nothing else on standard output, in UTF-8 whatever the terminal's own encoding."""
    print_verbatim(shape.as_json() + "\n")


def print_verbatim(text: str) -> None:
    """Text in UTF-8 with its own line ends."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as wide as the terminal; piped, plain text with a line for each row."""
    from rich import box
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=not console.is_terminal)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if not console.is_terminal:
        unbounded = console.options.update(max_width=10_000)
        console.width = Measurement.get(console, unbounded, table).maximum
    console.print(table)
