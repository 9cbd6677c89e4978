from datetime import date

from governance.statute import last_day


def test_the_56_days_begin_with_the_day_of_publication() -> None:
    assert last_day(date(2022, 11, 2)) == date(2022, 12, 27)
