"""Readers of single values of an organisation file: dates, moments, cadences, targets.

Each function gives the value or raises ValueError with the end of a sentence about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from dateutil.rrule import rrule, rrulestr

from documents.organisation.problems import listed, quoted
from documents.record import FileTarget
from governance.dates import MONTHS
from governance.words import Kind

YEARS = range(2000, 2200)
UNITS = {"day": "DAILY", "week": "WEEKLY"}
LONGEST_RULE = 200
"""Characters of a recurrence rule: one of every second of a day would be 86,400 moments."""
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")

_KEY = re.compile(r"[^\W_][\w.-]{0,63}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ] *(\d{1,2}):(\d{2})(?::00)?")
_EVERY = re.compile(r"(\d{1,3}) *(day|week|month)s?", re.IGNORECASE)
_SLACK = re.compile(r"(T[A-Z0-9]+/)?[UW][A-Z0-9]+")
_MONTHS = {
    name: number
    for number, month in enumerate(MONTHS, 1)
    for name in (month.lower(), month[:3].lower())
}
_REFERENCE = re.compile(r"#? *(\d{4,})")
_NUMBERED = re.compile(
    r"(?:(?P<kind>recommendation|rec|afi|area for improvement|coc|cause of concern)\b\.? *#?)? *"
    r"(?P<number>\d{1,3}[a-z]?)(?: *@ *(?P<title>\S.*)| +of +(?P<force>\S.*))?"
)
_KINDS = {"a": Kind.AFI, "c": Kind.CAUSE_OF_CONCERN, "r": Kind.RECOMMENDATION}


def read_key(value: Any) -> str:
    """A key: letters, digits, and - _ . within it."""
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(f"{quoted(value)} is no key; write letters, digits and hyphens")
    return value


def read_date(value: Any) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{quoted(value)} is no day of any calendar") from None
        if day.year in YEARS:
            return day
    raise ValueError(f"{quoted(value)} is no date; write it as 2023-01-31")


def read_moment(value: Any) -> datetime:
    """A naive local date and time."""
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(
            f"{quoted(value)} is no date and time; write local time as 2023-01-31T10:00"
        )
    day = read_date(found[1])
    hour, minute = int(found[2]), int(found[3])
    if hour > 23 or minute > 59:
        raise ValueError(f"{quoted(value)} has no such time of day")
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 -- naive local


def read_absence(value: Any) -> tuple[date, date]:
    """ "2023-08-01..2023-08-14", both days included; or a single day."""
    if not isinstance(value, str):
        raise ValueError(f"{quoted(value)} is no absence; write 2023-08-01..2023-08-14")
    first, dots, last = value.partition("..")
    start = read_date(first.strip())
    end = read_date(last.strip()) if dots else start
    if end < start:
        raise ValueError(f"{quoted(value)} ends before it begins")
    return start, end


def read_every(value: Any) -> tuple[str | None, int | None]:
    """ "4 weeks" as (rule, None), "2 months" as (None, months)."""
    found = _EVERY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) < 1:
        raise ValueError(f"{quoted(value)} is no cadence; write N days, N weeks or N months")
    unit = found[2].lower()
    if unit == "month":
        return None, int(found[1])
    return f"FREQ={UNITS[unit]};INTERVAL={int(found[1])}", None


def read_months(value: Any) -> tuple[int, ...]:
    """Names of months, or one: ["august", "dec"]."""
    months = []
    for name in value if isinstance(value, list) else [value]:
        month = _MONTHS.get(name.strip().lower()) if isinstance(name, str) else None
        if month is None:
            raise ValueError(f"{quoted(name)} is no month; write except: [august], for example")
        months.append(month)
    return tuple(months)


def read_rule(value: Any) -> str:
    """An iCalendar recurrence rule for meetings: daily to yearly, one rule alone."""
    if not isinstance(value, str):
        raise ValueError("must be a recurrence rule, such as FREQ=MONTHLY;BYDAY=1TU")
    if len(value) > LONGEST_RULE:
        raise ValueError(f"{quoted(value)} is too long for a recurrence rule")
    said = "".join(value.upper().split()).removeprefix("RRULE:").strip(";")
    parts = [part.partition("=")[::2] for part in said.split(";")]
    names = [name for name, _ in parts]
    settings = dict(parts)
    if settings.get("FREQ") not in FREQUENCIES:
        raise ValueError(
            f"{quoted(value)} is no recurrence rule; it needs FREQ={listed(FREQUENCIES)}"
        )
    if len(set(names)) < len(names):
        raise ValueError(f"{quoted(value)} says something twice")
    if not re.match(r"2[01]\d\d|$", settings.get("UNTIL", "")):
        raise ValueError(f"{quoted(value)}: UNTIL must be a day such as 20251231")
    for name in ("INTERVAL", "COUNT"):
        if name in settings and not re.fullmatch(r"[1-9]\d{0,3}", settings[name]):
            raise ValueError(f"{quoted(value)}: {name} must be a whole number from 1")
    try:
        rule = rrulestr(said, dtstart=datetime(2023, 1, 1))  # noqa: DTZ001 -- naive local
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise ValueError(f"{quoted(value)} is no recurrence rule that can be read") from None
    if not isinstance(rule, rrule):
        raise ValueError(f"{quoted(value)} is no single recurrence rule")
    return said


def read_slack(value: Any) -> str:
    if not isinstance(value, str) or not _SLACK.fullmatch(value):
        raise ValueError(
            f"{quoted(value)} is no Slack member; write U01JANE, or T02/U01JANE of elsewhere"
        )
    return value


def read_any_id(value: Any) -> Any:
    """An id of no particular form, such as an object id of Microsoft's directory."""
    return value


PLATFORMS: dict[str, Callable[[Any], Any]] = {"slack": read_slack, "teams": read_any_id}
"""Chat platforms that a person may have an id on, each with the reader of such an id. Its key is
the one under `people` in the organisation file, and the platform of an identity in the store."""


def read_channel(value: Any) -> str:
    if value is None:
        raise ValueError('is empty; a name that begins with # needs quotes: "#pib"')
    if not isinstance(value, str) or not value.lstrip("#") or re.search(r"\s", value):
        raise ValueError(f"{quoted(value)} is no channel; write its name without spaces")
    return "#" + value.lstrip("#")


def read_target(value: str) -> FileTarget:
    """A recommendation by reference, or "AFI 1 @ words of the title", "rec 16 of FORCE"."""
    written = " ".join(value.split()).casefold()
    if found := _REFERENCE.fullmatch(written):
        return FileTarget(written=found[1], ref=found[1])
    found = _NUMBERED.fullmatch(written)
    if found is None:
        raise ValueError(
            f'{quoted(value)} names no recommendation; write "24087" or "AFI 1 @ title words"'
        )
    return FileTarget(
        written=written.replace("#", ""),
        kind=_KINDS[(found["kind"] or "r")[0]],
        number=found["number"],
        title=found["title"],
        force=found["force"],
    )
