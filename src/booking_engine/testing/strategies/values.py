"""Values: instants, dates, zones, names of any script, phones in many spellings, capacities."""

from __future__ import annotations

import functools
import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st

from booking_engine.domain.channel import Channel
from booking_engine.domain.tracking import Limits
from booking_engine.domain.window import Session, Weekday
from booking_engine.ledger.page import Position
from booking_engine.rules.cursor import Cursor, write_cursor

_NAMES = (
    "Aadhi",
    "Zoë Straße",
    "Zoe\N{COMBINING DIAERESIS}",
    "திருநாவுக்கரசு",
    "محمد الأمين",
    "יעל בן-דוד",
    "李小龙",
    "Đặng Thị Hoa",
    "O'Neil, Jr.",
)
_MONTH = timedelta(days=31)


@functools.cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}))


def zones() -> st.SearchStrategy[str]:
    """IANA names that an organisation may be configured with (SPEC T5)."""
    return st.sampled_from(_zone_names())


def instants(
    earliest: datetime = datetime(2000, 1, 1, tzinfo=UTC),
    latest: datetime = datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
) -> st.SearchStrategy[datetime]:
    """Aware UTC instants between two such, both included; half of them whole minutes."""
    naive = st.datetimes(earliest.replace(tzinfo=None), latest.replace(tzinfo=None))
    whole = naive.map(lambda moment: moment.replace(second=0, microsecond=0)).filter(
        lambda moment: moment >= earliest.replace(tzinfo=None)
    )
    return st.one_of(whole, naive).map(lambda moment: moment.replace(tzinfo=UTC))


def spelled(instant: datetime) -> st.SearchStrategy[datetime]:
    """The same instant under offsets from UTC: nothing may depend on which (Inv15)."""
    offsets = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
    return offsets.map(instant.astimezone)


def local_dates(first: date = date(2000, 1, 1), last: date = date(2199, 12, 31)) -> st.SearchStrategy[date]:
    """Local dates between two such, both included."""
    return st.dates(first, last)


def times_of_day() -> st.SearchStrategy[str]:
    """``HH:MM`` up to ``23:59``, most on the half hour."""
    minutes = st.one_of(st.integers(0, 47).map(lambda half: half * 30), st.integers(0, 1_439))
    return minutes.map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")


@st.composite
def hours(draw: st.DrawFn) -> tuple[str | None, str | None]:
    """The start and end of a window: both, one or none of them, the start before the end (SPEC W1)."""
    first, second = sorted([draw(times_of_day()), draw(st.one_of(times_of_day(), st.just("24:00")))])
    start, end = (first, second) if first < second else ("09:00", "11:00")
    return draw(st.sampled_from([start, None])), draw(st.sampled_from([end, None] if end > "00:00" else [None]))


def names() -> st.SearchStrategy[str]:
    """Names of people, doctors, services, branches and batches, in any script and any case."""
    letters = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
    return st.one_of(st.sampled_from(_NAMES), letters.map(str.strip).filter(bool))


def notes() -> st.SearchStrategy[str]:
    """Free text with line breaks."""
    characters = st.one_of(st.characters(exclude_categories=("Cc", "Cs")), st.sampled_from("\r\n"))
    return st.text(characters, min_size=1, max_size=60).filter(str.strip)


def respelled(name: str) -> st.SearchStrategy[str]:
    """The same name in another case and with other spaces (SPEC §6.4); only for names that fold both ways alike."""
    forms = [name, name.upper(), name.lower(), f"  {name} ", "  ".join(name.split(" "))]
    return st.sampled_from([form for form in forms if form.casefold().split() == name.casefold().split()])


def phone_numbers() -> st.SearchStrategy[str]:
    """International numbers as they are compared: ``+`` and digits."""
    return st.text("0123456789", min_size=8, max_size=12).map(lambda digits: "+1" + digits)


def phones() -> st.SearchStrategy[str]:
    """Phones as people write them: with separators, with ``00``, masked."""
    masked = st.text("0123456789", min_size=4, max_size=6).map(lambda digits: f"+91{digits}XXXXXX")
    return st.one_of(phone_numbers().flatmap(phone_spellings), masked)


@st.composite
def phone_spellings(draw: st.DrawFn, number: str) -> str:
    """Ways to write one number: all are the same person (SPEC I2)."""
    prefix = draw(st.sampled_from(["+", "00"]))
    pieces = [
        digit + draw(st.sampled_from(["", "", "", " ", "-", ".", " (", ") ", "\N{NO-BREAK SPACE}"]))
        for digit in number.removeprefix("+")
    ]
    digits = draw(st.sampled_from(["0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"]))
    return prefix + "".join(pieces).translate(str.maketrans("0123456789", digits))


def references() -> st.SearchStrategy[str]:
    """External reference ids."""
    return st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=40)


def record_ids() -> st.SearchStrategy[str]:
    """Ids of branches, services and windows, as the documents have them."""
    return st.uuids(version=4).map(str)


def appointment_ids() -> st.SearchStrategy[str]:
    """Ids of appointments (SPEC I1)."""
    return st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26).map("appt_{}".format)


def cursors() -> st.SearchStrategy[str]:
    """Cursors of some list: of which, only the list that gave it can tell (SPEC P1)."""
    positions = st.builds(Position, instants(), appointment_ids())
    return st.builds(Cursor, positions, st.binary(min_size=4, max_size=4)).map(write_cursor)


def hold_ids() -> st.SearchStrategy[str]:
    """Ids of holds (SPEC H1)."""
    return appointment_ids().map(lambda appointment_id: appointment_id.replace("appt_", "hold_"))


def limits(slots_max: int = 1_000_000) -> st.SearchStrategy[Limits]:
    """Capacities with ``0 <= ai_slots <= max_slots`` and at least one place, most of them small (SPEC W1)."""
    slots = st.one_of(st.integers(1, min(3, slots_max)), st.integers(1, slots_max))
    return slots.flatmap(lambda most: st.integers(0, most).map(lambda ai: Limits(most, ai)))


def durations() -> st.SearchStrategy[int]:
    """Minutes that a visit takes; 0 has no length."""
    return st.one_of(st.just(0), st.sampled_from([15, 30, 45, 60, 90]), st.integers(0, 1_440))


def sessions() -> st.SearchStrategy[Session]:
    """Morning, Afternoon, Evening."""
    return st.sampled_from(Session)


def weekdays() -> st.SearchStrategy[Weekday]:
    """Monday to Sunday."""
    return st.sampled_from(Weekday)


def channels() -> st.SearchStrategy[Channel]:
    """Everyone who books."""
    return st.sampled_from(Channel)


@st.composite
def date_ranges(draw: st.DrawFn, days_max: int = 92) -> tuple[date, date]:
    """A first and a last local date, at most so many days apart."""
    first = draw(local_dates(last=date(2199, 12, 31) - timedelta(days=days_max)))
    return first, first + timedelta(days=draw(st.integers(0, days_max)))


@st.composite
def moments_around_transitions(draw: st.DrawFn, zone_name: str) -> datetime:
    """Instants within a day of a change of the zone's clock since 2000; any instant where the zone has none."""
    transitions = transitions_of(zone_name)
    if not transitions:
        return draw(instants(datetime(2001, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)))
    around = st.one_of(st.sampled_from([-1, 0, 1]), st.integers(-86_400_000_000, 86_400_000_000))
    return draw(st.sampled_from(transitions)) + timedelta(microseconds=draw(around))


@functools.cache
def transitions_of(zone_name: str) -> tuple[datetime, ...]:
    """The instants from 2000 to 2037 at which the zone's offset from UTC changed, to the second."""
    zone = zoneinfo.ZoneInfo(zone_name)
    found: list[datetime] = []
    since = datetime(2000, 1, 1, tzinfo=UTC)
    while since.year < 2037:
        until = since + _MONTH / 31  # day by day: two changes are never within one
        if since.astimezone(zone).utcoffset() != until.astimezone(zone).utcoffset():
            low, high = since, until
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                same = middle.astimezone(zone).utcoffset() == since.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        since = until
    return tuple(found)
