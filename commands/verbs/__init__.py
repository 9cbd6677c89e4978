"""Every family of verbs, in the order in which help lists them, and the forms they answer."""

from collections.abc import Mapping

from commands.registry import Family, Handler
from commands.verbs import (
    absences,
    boards,
    closing,
    deadlines,
    help,
    history,
    lists,
    look,
    meetings,
    owners,
    snooze,
    statute,
    updates,
)

FAMILIES: tuple[Family, ...] = (
    look.FAMILY,
    updates.FAMILY,
    lists.FAMILY,
    owners.FAMILY,
    deadlines.FAMILY,
    closing.FAMILY,
    boards.FAMILY,
    meetings.FAMILY,
    statute.FAMILY,
    absences.FAMILY,
    snooze.FAMILY,
    history.FAMILY,
    help.FAMILY,
)

FORMS: Mapping[str, Handler] = {name: h for f in FAMILIES for name, h in f.forms.items()}
"""What a submitted form is handed to, by the form's name."""
