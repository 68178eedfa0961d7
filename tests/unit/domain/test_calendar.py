"""Days, windows and working days in a plan's time zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.plan_file.calendar import LONGEST, Days, Span, add_months, calendar

MEXICO = calendar("America/Mexico_City")
EASTER = calendar("America/Mexico_City", (Days.model_validate("2027-03-22/2027-04-02"),))


def span(text: str) -> Span:
    return Span.model_validate(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("3 months", "3 months"),
        ("week", "1 weeks"),
        ("10 working days", "10 working_days"),
        ("P3M", "3 months"),
        ("P1Y6M", "18 months"),
        ("P2W", "14 days"),
        ("PT1M30S", "PT90S"),
    ],
)
def test_a_span_is_read_in_words_and_in_iso_8601(text: str, written: str) -> None:
    assert TypeAdapter(Span).dump_python(span(text)) == written
    assert span(written) == span(text)


@pytest.mark.parametrize("text", ["", "P", "0 days", "soon", "P1M2D", "PT0S", "-1 days", "101 years"])
def test_text_that_is_not_a_span_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        span(text)


def test_a_month_after_the_31st_is_the_shorter_months_last_day() -> None:
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2027, 12, 31), 2) == date(2028, 2, 29)


def test_working_days_leave_out_weekends_and_closed_days() -> None:
    assert MEXICO.add(date(2027, 3, 19), span("1 working day")) == date(2027, 3, 22)
    assert EASTER.add(date(2027, 3, 19), span("1 working day")) == date(2027, 4, 5)
    assert EASTER.add(date(2027, 4, 6), span("2 working days"), sign=-1) == date(2027, 3, 19)


def test_a_day_lasts_until_midnight_in_the_plans_time_zone() -> None:
    end = datetime(2027, 3, 2, 6, tzinfo=UTC)
    assert MEXICO.end_of(date(2027, 3, 1)) == end
    assert MEXICO.day_of(end - timedelta(microseconds=1)) == date(2027, 3, 1)
    assert MEXICO.day_of(end) == date(2027, 3, 2)
    assert MEXICO.last_moment_of(date(2027, 3, 1)) == end - timedelta(microseconds=1)


def test_a_day_of_23_hours_ends_at_midnight() -> None:
    madrid = calendar("Europe/Madrid")
    day = date(2027, 3, 28)
    assert madrid.end_of(day) - madrid.start_of(day) == timedelta(hours=23)


def test_a_window_opened_during_a_day_has_its_whole_days_afterwards() -> None:
    noon = datetime(2027, 3, 1, 18, tzinfo=UTC)
    assert MEXICO.after(noon, span("2 days")) == MEXICO.end_of(date(2027, 3, 3))
    assert MEXICO.after(MEXICO.start_of(date(2027, 3, 1)), span("2 days")) == MEXICO.end_of(date(2027, 3, 2))
    assert MEXICO.after(noon, span("PT30S")) == noon + timedelta(seconds=30)


def test_a_window_that_must_end_at_a_moment_opens_that_many_whole_days_before() -> None:
    end = MEXICO.end_of(date(2027, 3, 31))
    assert MEXICO.before(end, span("5 working days")) == MEXICO.start_of(date(2027, 3, 25))
    assert MEXICO.before(end, span("PT30S")) == end - timedelta(seconds=30)


def test_a_range_of_days_includes_both_ends() -> None:
    assert not EASTER.is_working(date(2027, 3, 22))
    assert not EASTER.is_working(date(2027, 4, 2))
    assert EASTER.is_working(date(2027, 4, 5))


@given(unit=st.sampled_from(sorted(LONGEST)), amount=st.integers(1, 40_000_000))
def test_every_valid_span_reads_back_as_it_was_written(unit: str, amount: int) -> None:
    try:
        taken = Span.model_validate({"amount": amount, "unit": unit})
    except ValidationError:
        assert amount > LONGEST[unit]  # type: ignore[index]
        return
    assert span(str(taken.model_dump())) == taken


@pytest.mark.parametrize("text", ["PT300H", "P1500W", "20000 days", "2000 working_days", "PT31622400S"])
def test_a_long_span_reads_back(text: str) -> None:
    assert span(str(span(text).model_dump())) == span(text)


def test_decades_of_closed_days_do_not_stop_the_calendar() -> None:
    shut = calendar("UTC", (Days.model_validate("1980-01-01/2060-12-31"),))
    begins = datetime(1990, 1, 1, tzinfo=UTC)
    assert shut.after(begins, Span.model_validate("10 working_days")) > begins
    assert shut.before(begins, Span.model_validate("10 working_days")) < begins
