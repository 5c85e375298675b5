"""What comes from outside is read exactly, or named as wrong: never guessed at, never an exception.

Each reader is held against a naive one that is written without the library's means (SPEC T3, T5, W1, W2, I2, I3).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from booking_engine import FieldProblem
from booking_engine.domain.localtime import clean_date, clean_instant, clean_time_of_day, known_zones, since_midnight
from booking_engine.domain.phone import phone_key
from booking_engine.domain.slotid import SlotId, calendar_id_of, parse_slot_id
from booking_engine.domain.text import clean_text, fold
from booking_engine.rules.fields import zone_name

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.sampled_from([object(), str, len, ...]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)

# --- Instants (T3, T5) ----------------------------------------------------------------------------------------------

WRITTEN_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2})))?"
)
MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else MONTHS[month - 1]


def days_before(year: int, month: int, day: int) -> int:
    """Days from 2000-01-01, counted year by year and month by month."""
    years = range(2000, year) if year >= 2000 else range(year, 2000)
    passed = sum(366 if is_leap(each) else 365 for each in years)
    return (passed if year >= 2000 else -passed) + sum(days_in(year, each) for each in range(1, month)) + day - 1


def naive_instant(text: str) -> int | None:
    """Microseconds since 2000-01-01T00:00Z, or None for what is no instant of 2000 to 2199."""
    match = WRITTEN_INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(match[group]) for group in (1, 2, 3))
    hour, minute, second = (int(match[group] or 0) for group in (4, 5, 6))
    offset_hours, offset_minutes = int(match[10] or 0), int(match[11] or 0)
    if not (1 <= month <= 12 and 1 <= day <= days_in(year, month)):
        return None
    if hour > 23 or minute > 59 or second > 59 or offset_hours > 23 or offset_minutes > 59:
        return None
    micros = int((match[7] or "").ljust(6, "0")[:6])
    offset = (offset_hours * 60 + offset_minutes) * (-1 if match[9] == "-" else 1)
    seconds = days_before(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second
    micros += seconds * 1_000_000
    return micros if 0 <= micros < days_before(2200, 1, 1) * 86_400_000_000 else None


def micros_of(instant: datetime) -> int:
    return (instant - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


near_limits = st.sampled_from(["00", "01", "12", "13", "23", "24", "28", "29", "30", "31", "59", "60", "61"])
near_limits |= st.integers(0, 99).map("{:02d}".format)
years = st.sampled_from(["0000", "0001", "1999", "2000", "2100", "2199", "2200", "9999"])
years |= st.integers(1990, 2210).map("{:04d}".format)
days = st.builds("{}-{}-{}".format, years, near_limits, near_limits)
days |= st.dates(date(1999, 12, 30), date(2200, 1, 2)).map(str)
fractions = st.text("0123456789", max_size=10).map(".{}".format)
clocks = st.builds("{}:{}".format, near_limits, near_limits)
clocks |= st.builds("{}:{}:{}{}".format, near_limits, near_limits, near_limits, st.just("") | fractions)
offsets = st.sampled_from(["", "Z", "z", "+00:00", "-00:00", "+05:30", "-0800", "+23:59", "-23:59", "+24:00", "+05"])
offsets |= st.builds("{}{}{}{}".format, st.sampled_from("+-"), near_limits, st.sampled_from([":", ""]), near_limits)
written_instants = days | st.builds("{}{}{}{}".format, days, st.sampled_from(["T", "t", " ", "_", ""]), clocks, offsets)
slips = st.sampled_from(list("0 9TZ+-:.,W\n\0")) | st.text(max_size=1)


@st.composite
def nearly(draw: st.DrawFn, written: st.SearchStrategy[str]) -> str:
    """The text with one character put in, taken out or exchanged."""
    text = draw(written)
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(slips) + text[place + draw(st.integers(0, 1)) :]


@given(text=written_instants | nearly(written_instants) | st.text())
def test_t3_an_instant_is_read_exactly_as_it_is_written(text: str) -> None:
    found, naive = clean_instant(text), naive_instant(text)
    if naive is None:
        assert isinstance(found, FieldProblem)
        assert found.problem
        assert found.hint
    else:
        assert isinstance(found, datetime)
        assert micros_of(found) == naive
        assert found.tzinfo is UTC


@given(
    instant=st.datetimes(datetime(2000, 1, 3), datetime(2199, 12, 29), timezones=st.just(UTC)),  # noqa: DTZ001
    offset_minutes=st.integers(-1_439, 1_439),
)
def test_inv15_the_written_form_of_an_instant_changes_nothing(instant: datetime, offset_minutes: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(minutes=offset_minutes)))
    assert clean_instant(elsewhere.isoformat()) == clean_instant(elsewhere) == clean_instant(instant) == instant
    assert clean_instant(instant.isoformat().replace("+00:00", "Z")) == instant


@given(text=days, clock=clocks)
def test_t3_without_an_offset_there_is_no_instant_and_the_hint_says_so(text: str, clock: str) -> None:
    found = clean_instant(f"{text}T{clock}")
    assert isinstance(found, FieldProblem)
    if naive_instant(f"{text}T{clock}Z") is not None:
        assert found.problem == "has no offset from UTC"
        assert "Z" in found.hint


def test_t3_a_datetime_without_offset_is_no_instant() -> None:
    assert isinstance(clean_instant(datetime(2026, 6, 15, 9, 30)), FieldProblem)  # noqa: DTZ001


zones = st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"]).map(ZoneInfo)


@given(instant=st.datetimes(timezones=zones | st.integers(-1_439, 1_439).map(lambda m: timezone(timedelta(minutes=m)))))
def test_t5_an_aware_datetime_is_an_instant_of_the_years_2000_to_2199(instant: datetime) -> None:
    found = clean_instant(instant)
    # Python itself cannot say the first and last hours of its calendar in UTC.
    year = instant.astimezone(UTC).year if 2 <= instant.year <= 9998 else instant.year
    if 2000 <= year <= 2199:
        # Two zones cannot agree on a time that one of them shows twice: Python compares such times as different.
        assert found == instant.astimezone(UTC)
        assert isinstance(found, datetime)
        assert found.tzinfo is UTC
    else:
        assert isinstance(found, FieldProblem)


class BrokenZone(tzinfo):
    """Says that it is so many hours from UTC."""

    def __init__(self, hours: int | None) -> None:
        self.hours = hours

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return None if self.hours is None else timedelta(hours=self.hours)

    def dst(self, when: datetime | None) -> None:
        return None

    def tzname(self, when: datetime | None) -> None:
        return None


@pytest.mark.parametrize("hours", [None, 24, -24, 30])
def test_t5_a_datetime_whose_zone_knows_no_offset_is_no_instant(hours: int | None) -> None:
    assert isinstance(clean_instant(datetime(2026, 6, 15, 9, 30, tzinfo=BrokenZone(hours))), FieldProblem)


# --- Dates and times of day -----------------------------------------------------------------------------------------


def naive_date(text: str) -> tuple[int, int, int] | None:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if match is None:
        return None
    year, month, day = (int(group) for group in match.groups())
    valid = 2000 <= year <= 2199 and 1 <= month <= 12 and 1 <= day <= days_in(year, month)
    return (year, month, day) if valid else None


@given(text=days | nearly(days) | st.text())
def test_t5_a_date_is_read_exactly_as_it_is_written(text: str) -> None:
    found, naive = clean_date(text), naive_date(text)
    if naive is None:
        assert isinstance(found, FieldProblem)
    else:
        assert isinstance(found, date)
        assert (found.year, found.month, found.day) == naive


@given(day=st.dates())
def test_t5_a_date_is_of_the_years_2000_to_2199(day: date) -> None:
    found = clean_date(day)
    assert found == day if 2000 <= day.year <= 2199 else isinstance(found, FieldProblem)


written_clocks = st.builds("{}:{}".format, near_limits, near_limits)


@given(text=written_clocks | nearly(written_clocks) | st.text(), end=st.booleans())
def test_w1_a_time_of_day_is_read_exactly_as_it_is_written(text: str, end: bool) -> None:
    found = clean_time_of_day(text, end=end)
    match = re.fullmatch(r"([0-9]{2}):([0-9]{2})", text)
    within = match is not None and int(match[1]) <= 23 and int(match[2]) <= 59
    if within or (end and text == "24:00"):
        assert found == text
        hours, minute = text.split(":")
        assert since_midnight(text) == timedelta(hours=int(hours), minutes=int(minute))
    else:
        assert isinstance(found, FieldProblem)


@given(value=st.times() | st.times(timezones=st.just(UTC)) | st.builds(time, st.integers(0, 23), st.integers(0, 59)))
def test_w1_a_time_is_a_time_of_day_when_it_has_whole_minutes_and_no_zone(value: time) -> None:
    found = clean_time_of_day(value)
    whole = (value.second, value.microsecond) == (0, 0) and value.tzinfo is None
    assert found == f"{value.hour:02d}:{value.minute:02d}" if whole else isinstance(found, FieldProblem)


@given(name=st.text() | st.sampled_from(sorted(known_zones())) | nearly(st.sampled_from(sorted(known_zones()))))
def test_t5_a_zone_is_known_or_no_file_is_looked_for(name: str) -> None:
    found = zone_name(name)
    assert found == name if name in known_zones() else isinstance(found, FieldProblem)


@pytest.mark.parametrize("name", ["localtime", "Factory", "Mars/Base", "../etc/passwd", "", "utc\0", "posix/UTC"])
def test_t5_what_is_no_zone(name: str) -> None:
    assert isinstance(zone_name(name), FieldProblem)


# --- Text (I3) ------------------------------------------------------------------------------------------------------

characters = st.characters() | st.sampled_from(list("\0\x1f\x7f\x85\ud800\u200b\u202e\n\r\t \u00a0e\u0301Å\u212b"))
texts = (
    st.text(characters, max_size=30)
    | st.integers(195, 205).map("a".__mul__)
    | st.integers(1_995, 2_005).map("é".__mul__)
)


def naive_text(text: str, length_max: int, line_breaks: str) -> str | None:
    composed = unicodedata.normalize("NFC", text).strip()
    bad = [each for each in composed if unicodedata.category(each) in ("Cc", "Cs") and each not in line_breaks]
    # Letters, marks, numbers, punctuation, symbols; private and unassigned characters may look like anything.
    seen = [
        each
        for each in composed
        if unicodedata.category(each)[0] in "LMNPS" or unicodedata.category(each) in ("Co", "Cn")
    ]
    return None if bad or not seen or len(composed) > length_max else composed


@given(text=texts)
def test_i3_a_name_is_composed_trimmed_and_printable_and_has_at_most_200_characters(text: str) -> None:
    found, naive = clean_text(text), naive_text(text, 200, "")
    assert isinstance(found, FieldProblem) if naive is None else found == naive


@given(text=texts)
def test_i3_notes_may_have_line_breaks_and_at_most_2000_characters(text: str) -> None:
    found, naive = clean_text(text, length_max=2_000, lines=True), naive_text(text, 2_000, "\n\r")
    assert isinstance(found, FieldProblem) if naive is None else found == naive


@given(text=texts)
def test_i3_clean_text_is_a_fixed_point_and_its_decomposed_form_is_the_same_text(text: str) -> None:
    found = clean_text(text)
    if isinstance(found, str):
        assert clean_text(found) == found
        decomposed = clean_text(unicodedata.normalize("NFD", found))
        assert decomposed == found or len(unicodedata.normalize("NFD", found)) > 200


names = st.lists(st.text(st.characters(categories=["L", "M", "N"]), min_size=1, max_size=6), min_size=1, max_size=3)


@given(words=names, gaps=st.lists(st.sampled_from([" ", "  ", "\u00a0", "\u2003 "]), min_size=4, max_size=4))
def test_names_are_compared_without_regard_to_case_form_and_space(words: list[str], gaps: list[str]) -> None:
    written = gaps[0] + "".join(word + gap for word, gap in zip(words, gaps[1:], strict=False))
    assert fold(written) == fold(" ".join(words))
    assert fold(" ".join(words).casefold()) == fold(" ".join(words))
    assert fold(unicodedata.normalize("NFD", written)) == fold(unicodedata.normalize("NFC", written))


@given(first=st.text("abAB ", max_size=6), second=st.text("abAB ", max_size=6))
def test_other_names_stay_other_names(first: str, second: str) -> None:
    same = first.lower().split() == second.lower().split()
    assert (fold(first) == fold(second)) == same


# --- Phones (I2) ----------------------------------------------------------------------------------------------------

ZEROS = "0\u0660\u0966\uff10"  # ASCII, Arabic-Indic, Devanagari, full width
separators = st.text(" -.()/\u00a0\u2011\u2013\u202a\u202c\u200e", max_size=2)
prefixes = st.sampled_from(["", "+", "00"])
numbers = st.text("0123456789", min_size=1, max_size=12).filter(lambda digits: not digits.startswith("00"))


@st.composite
def written_phones(draw: st.DrawFn, prefix: str, number: str) -> str:
    """The number in some script's digits and with some separators."""
    zero = draw(st.sampled_from(ZEROS))
    digits = prefix.replace("0", zero) + "".join(chr(ord(zero) + int(digit)) for digit in number)
    return draw(separators) + "".join(digit + draw(separators) for digit in digits)


@given(data=st.data(), prefix=prefixes, number=numbers, other_prefix=prefixes, other_number=numbers)
def test_i2_phones_are_the_same_exactly_when_their_digits_and_prefix_are(
    data: st.DataObject, prefix: str, number: str, other_prefix: str, other_number: str
) -> None:
    if data.draw(st.booleans()):
        other_number = number
    first = data.draw(written_phones(prefix, number))
    second = data.draw(written_phones(other_prefix, other_number))
    international = [each != "" for each in (prefix, other_prefix)]
    same = number == other_number and international[0] == international[1]
    assert (phone_key(first) == phone_key(second)) == same
    assert phone_key(first) == ("+" if prefix else "") + number


@given(digits=numbers, letters=st.text("Xx", min_size=1, max_size=4), more=st.text("0123456789", max_size=4))
def test_i2_a_masked_phone_is_opaque(digits: str, letters: str, more: str) -> None:
    masked = f"+{digits}{letters}{more}"
    assert phone_key(masked) == masked.lower()
    assert phone_key("".join(f"{each} " for each in masked)) == masked.lower()
    assert phone_key(masked) != phone_key(masked.lower().replace("x", "9"))


@given(text=st.text())
def test_i2_any_text_has_a_key(text: str) -> None:
    assert isinstance(phone_key(text), str)


# --- Slot ids (W2) --------------------------------------------------------------------------------------------------

ids = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), min_size=1, max_size=8)
valid_dates = st.dates(date(2000, 1, 1), date(2199, 12, 31))


@given(calendar_id=ids, day=valid_dates, service_id=ids)
def test_w2_a_slot_id_is_read_as_it_was_written(calendar_id: str, day: date, service_id: str) -> None:
    forms = SlotId(calendar_id), SlotId(calendar_id, day), SlotId(calendar_id, day, service_id)
    assert [str(slot) for slot in forms] == [
        calendar_id, f"{calendar_id}||{day}", f"{calendar_id}||{day}||{service_id}"
    ]  # fmt: skip
    assert [parse_slot_id(str(slot)) for slot in forms] == list(forms)
    assert {calendar_id_of(str(slot)) for slot in forms} == {calendar_id}


@given(segments=st.lists(ids | valid_dates.map(str) | st.just(""), min_size=1, max_size=5))
def test_w2_a_made_up_segment_is_named(segments: list[str]) -> None:
    found = parse_slot_id("||".join(segments))
    valid = len(segments) == 1 or (
        len(segments) <= 3 and naive_date(segments[1]) is not None and (len(segments) == 2 or segments[2] != "")
    )
    assert isinstance(found, SlotId) == valid


# --- Anything at all ------------------------------------------------------------------------------------------------


@given(value=anything)
def test_nothing_from_outside_raises(value: object) -> None:
    for clean in (clean_instant, clean_date, clean_time_of_day, clean_text, zone_name):
        found = clean(value)
        if isinstance(found, FieldProblem):
            assert found.problem
            assert found.hint
    if not isinstance(value, str | datetime):
        assert isinstance(clean_instant(value), FieldProblem)
    assume(not isinstance(value, str))
    assert isinstance(clean_text(value), FieldProblem)
    assert isinstance(zone_name(value), FieldProblem)
