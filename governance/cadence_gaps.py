"""Gaps of a cadence: the months that its rule leaves out, and hours that a clock change takes."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from governance.dates import DAYS, MONTHS, say_day
from governance.directory import Cadence
from governance.meetings import occurrences

CLOCK_YEARS = 3
"""Years ahead in which hours that do not exist are looked for."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FIFTH = re.compile(r"[+-]?5(MO|TU|WE|TH|FR|SA|SU)")
_SHORTEST = {month: monthrange(2023, month)[1] for month in range(1, 13)}
"""Days of each month in a year that is no leap year."""


def rule_parts(rule: str | None) -> dict[str, str]:
    """The parts of a recurrence rule by their names: {"FREQ": "MONTHLY", "BYDAY": "1TU"}."""
    text = (rule or "").upper().removeprefix("RRULE:")
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)


def left_out(cadence: Cadence) -> list[str]:
    """What the rule leaves out, each part behind "not in": "August", "months without a 31st"."""
    parts = rule_parts(cadence.rule)
    months = set(_numbers(parts.get("BYMONTH", ""))) or set(range(1, 13))
    gaps: list[str] = []
    if "BYMONTH" in parts and parts.get("FREQ") != "YEARLY":
        gaps += [MONTHS[month - 1] for month in range(1, 13) if month not in months]
    if cadence.every_months is None and parts.get("FREQ") in ("MONTHLY", "YEARLY"):
        if parts["FREQ"] == "YEARLY" and not parts.keys() & {"BYMONTH", "BYMONTHDAY"}:
            months = {cadence.first.month}
        gaps += _missing_days(parts, cadence.first, months)
        gaps += _missing_weekdays(parts)
    return gaps


def _missing_days(parts: dict[str, str], first: datetime, months: set[int]) -> list[str]:
    """Days of the month that some months lack: the 29th, 30th and 31st."""
    if parts.keys() & {"BYDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "BYEASTER"}:
        return []
    days = [abs(day) for day in _numbers(parts.get("BYMONTHDAY", str(first.day)))]
    short = {day for day in days if any(day > _SHORTEST[month] for month in months)}
    if months == {2} and 29 in short:
        return ["years without a 29 February"]
    return [f"months without a {day}{'st' if day == 31 else 'th'}" for day in sorted(short)]


def _missing_weekdays(parts: dict[str, str]) -> list[str]:
    """Weekdays of which not every month has a fifth."""
    if parts["FREQ"] != "MONTHLY":
        return []
    given = parts.get("BYDAY", "").split(",")
    fifths = [match[1] for day in given if (match := _FIFTH.fullmatch(day))]
    if parts.get("BYSETPOS") in ("5", "-5") and len(given) == 1 and given[0] in _WEEKDAYS:
        fifths = given
    return [f"months without a fifth {DAYS[_WEEKDAYS.index(day)]}" for day in fifths]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", text)]


@lru_cache(maxsize=256)
def clock_gaps(cadence: Cadence, zone: ZoneInfo, year: int) -> tuple[str, ...]:
    """Sentences about meetings at an hour that does not exist, from `year` on."""
    hour = cadence.first.time()
    start = max(date(year, 1, 1), cadence.first.date())
    days = (start + timedelta(days=n) for n in range(366 * CLOCK_YEARS))
    missing = [moment for day in days if not _exists(moment := datetime.combine(day, hour), zone)]
    return tuple(
        f"{moment:%H:%M} does not exist on {say_day(moment.date())}, when the clocks go forward."
        for moment in missing
        if occurrences(cadence).between(moment, moment, inc=True)
    )


def _exists(local: datetime, zone: ZoneInfo) -> bool:
    aware = local.replace(tzinfo=zone)
    return aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
