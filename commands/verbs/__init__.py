"""The families of verbs, one module each, in the order in which help lists them."""

from commands.registry import Family
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
