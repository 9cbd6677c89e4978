"""Standard output of the commands: text and tables for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from governance.inert import inert


def say(text: str = "") -> None:
    """Print a line for people; what the terminal's encoding lacks is shown as "?"."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{inert(text)}\n".encode(encoding, "replace").decode(encoding))


def say_at_once(line: str) -> None:
    """Print a line and flush it: somebody waits for the address, also where output is a file."""
    say(line)
    sys.stdout.flush()


def counted(number: int, noun: str) -> str:
    """A count with its noun: "1 change", "2,000 changes"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def complain(text: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(f"duly: {inert(' '.join(text.split()))}\n")


def print_json(value: object) -> None:
    """Print a dataclass as JSON, in UTF-8 whatever the terminal's encoding, and nothing else."""
    from documents.writers.json import write

    print_verbatim(write(value))


def print_verbatim(text: str) -> None:
    """Print text in UTF-8 with its own line ends."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as wide as the terminal; piped, plain text with a line for each row."""
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
        table.add_row(*(Text(inert(cell)) for cell in row))
    if not console.is_terminal:
        unbounded = console.options.update(max_width=10_000)
        console.width = Measurement.get(console, unbounded, table).maximum
    console.print(table)
