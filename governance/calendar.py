"""Working days: Monday to Friday, less the bank holidays of the force's nation; and the statutory
clock on a local policing body's comments."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from governance.errors import RuleError

MORNING = time(9)
EVENING = time(18)
ONE_DAY = timedelta(days=1)
RESPONSE_DAYS = 56
"""Police Act 1996, s.55: comments are published within 56 days beginning with publication."""


class WorkingCalendar:
    """The working days of one nation ("GB-ENG" or "GB-WLS"), one-off bank holidays included.

    A year the holiday data does not cover is a RuleError: missing data is never "no holidays".
    """

    def __init__(self, nation: str) -> None:
        self.nation = nation
        self._years: dict[int, dict[date, str]] = {}

    def holiday(self, day: date) -> str | None:
        """The bank holiday's name, None on any other day."""
        if day.year not in self._years:
            self._years[day.year] = self._read(day.year)
        return self._years[day.year].get(day)

    def _read(self, year: int) -> dict[date, str]:
        # Imported here: it takes 0.3 s, and most questions need no working day.
        from holidays import country_holidays

        country, _, part = self.nation.partition("-")
        holidays = country_holidays(country, subdiv=part or None, years=year, expand=False)
        if not holidays or not holidays.start_year <= year <= holidays.end_year:
            raise RuleError(f"The bank holidays of {year} in {self.nation} are not known.")
        return dict(holidays.items())

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5 and self.holiday(day) is None

    def back(self, day: date) -> date:
        """`day` itself if it is a working day, else the working day before it."""
        while not self.is_working_day(day):
            day -= ONE_DAY
        return day

    def forward(self, day: date) -> date:
        """`day` itself if it is a working day, else the working day after it."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day strictly after `day`, or before it when negative.

        0 gives `day` itself, whatever it is.
        """
        step = ONE_DAY if count > 0 else -ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def in_hours(self, moment: datetime) -> bool:
        """True from 09:00 to 18:00 of a working day; `moment` is local."""
        return MORNING <= moment.timetz().replace(tzinfo=None) < EVENING and self.is_working_day(
            moment.date()
        )

    def next_hours(self, moment: datetime) -> datetime:
        """`moment` itself when in working hours, else 09:00 of the next working day."""
        if self.in_hours(moment):
            return moment
        day = moment.date()
        if moment.timetz().replace(tzinfo=None) >= EVENING:
            day += ONE_DAY
        return datetime.combine(self.forward(day), MORNING, moment.tzinfo)


@lru_cache
def working_calendar(nation: str) -> WorkingCalendar:
    """The calendar of a nation, kept: reading a year of holidays takes a while."""
    return WorkingCalendar(nation)


def local_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall-clock time on a local day: 09:00 is 09:00 on both sides of a clock change."""
    return datetime.combine(day, at, zone)


def last_day(published: date) -> date:
    """The last day for the comments: the 56th, counting the day of publication as the first."""
    return published + timedelta(days=RESPONSE_DAYS - 1)
