"""`duly init`: a commented organisation file to start from."""

from __future__ import annotations

from pathlib import Path

from bot.cli.options import At
from bot.cli.output import say
from governance.errors import DulyError

ORGANISATION_FILE = Path("organisation.yaml")


def init(_at: At = None) -> None:
    """Write a commented organisation file to start from."""
    from importlib.resources import files

    template = files("documents").joinpath("organisation_template.yaml").read_text("utf-8")
    try:
        with ORGANISATION_FILE.open("x", encoding="utf-8") as out:
            out.write(template)
    except FileExistsError:
        raise DulyError(f"{ORGANISATION_FILE} is already here; it was left as it is.") from None
    except OSError as error:
        raise DulyError(f"{ORGANISATION_FILE} cannot be written: {error.strerror}.") from None
    say(f"{ORGANISATION_FILE} written. Make it yours, then: duly apply {ORGANISATION_FILE}")
