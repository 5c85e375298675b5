"""Cases of pages: filters, order, stretches and totals of the appointments; and the order of the history."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from booking_engine.domain.appointment import Appointment, AppointmentStatus
from booking_engine.domain.window import Session
from booking_engine.ledger.page import AppointmentFilter, AppointmentPage, Position
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import (
    MONDAY,
    NINE,
    SECOND,
    VACCINATION,
    cancelled,
    following,
    visit,
    week_later,
)

EVERYTHING = AppointmentFilter()


def page(desk: Desk, offset: int = 0, limit: int = 50, **wanted: Any) -> AppointmentPage:
    """A page of the desk's store."""
    return desk.store.appointments(AppointmentFilter(**wanted), offset, limit)


class PageCases(StoreCases):
    """Pages are stretches of one order, in one snapshot."""

    def test_an_empty_organisation_has_empty_pages(self) -> None:
        """With the revision, as always."""
        desk = self.open_desk()
        expect(page(desk), AppointmentPage(items=(), total=0, revision=desk.revision), "nobody is there")

    def test_appointments_come_by_start_and_then_by_id(self) -> None:
        """To the microsecond; whichever of them was booked first."""
        desk = self.open_desk()
        tick = timedelta(microseconds=1)
        instants = (NINE - tick, NINE, NINE + tick, NINE + timedelta(hours=1))
        wanted = [
            visit(name, start=start, phone_key=f"{name}{number}", appointment_id=f"appt_{name * 26}"[:31])
            for number, start in enumerate(instants)
            for name in (f"{number}0", f"{number}9", f"{number}a", f"{number}z")
        ]
        shuffled = list(wanted)
        random.Random(7).shuffle(shuffled)  # noqa: S311 (an order, the same in every run)
        desk.book(*shuffled)
        expect(page(desk).items, tuple(wanted), "by start ascending, then by id")

    def test_pages_together_are_all_appointments_once(self) -> None:
        """Ties on the border included; a page past the end is empty and still knows the total."""
        desk = self.open_desk()
        booked = [visit(f"n{number:02}", start=NINE + timedelta(minutes=number // 4)) for number in range(17)]
        desk.book(*reversed(booked))
        for limit in (1, 3, 5, 17, 50):
            found: list[Appointment] = []
            for offset in range(0, 20, limit):
                stretch = page(desk, offset, limit)
                expect((stretch.total, stretch.revision), (17, desk.revision), "the total is that of all pages")
                found += stretch.items
            expect(found, booked, f"the pages of {limit} together are every appointment once, in order")
        expect(page(desk, 40, 10).items, (), "past the end there is nobody")

    def test_a_page_begins_behind_a_position(self) -> None:
        """To the microsecond, ties decided by the id; the total is that of the whole list."""
        desk = self.open_desk()
        tick = timedelta(microseconds=1)
        instants = (NINE - tick, NINE, NINE + tick, NINE + timedelta(days=1))
        booked = [visit(f"n{number}", start=instants[number // 3]) for number in range(12)]
        desk.book(*reversed(booked))
        for number, each in enumerate(booked):
            behind = page(desk, after=Position.of(each))
            expect(behind.items, tuple(booked[number + 1 :]), "those behind it and nobody else")
            expect((behind.total, behind.revision), (12, desk.revision), "the total counts who is before it too")
            expect(page(desk, 0, 2, after=Position.of(each)).items, behind.items[:2], "as many as were asked for")
            expect(page(desk, 1, 2, after=Position.of(each)).items, behind.items[1:3], "an offset counts from there")
        nobody = Position(NINE, "appt_")
        expect(page(desk, after=nobody).items, tuple(booked[3:]), "nobody has to stand at the position")
        monday = page(desk, after=Position.of(booked[4]), utc_date=MONDAY)
        expect((monday.items, monday.total), (tuple(booked[5:9]), 9), "with a filter")
        expect(page(desk, after=Position.of(booked[4]), phone_key=booked[2].phone_key).items, (), "nobody behind it")

    def test_pages_go_on_while_others_come_and_go(self) -> None:
        """Who is not moved meanwhile is listed once, whoever is put before or behind the position (SPEC P1)."""
        desk = self.open_desk()
        booked = [visit(f"n{number:02}", start=NINE + timedelta(minutes=number // 3)) for number in range(10)]
        desk.book(*booked)
        found: list[Appointment] = []
        for turn in range(5):
            after = Position.of(found[-1]) if found else None
            found += page(desk, 0, 2, after=after).items
            desk.book(visit(f"0{turn}", start=NINE - timedelta(minutes=turn)))
            desk.done(desk.change(booked[turn], cancelled(booked[turn])))
        expect([each.appointment_id for each in found], [each.appointment_id for each in booked], "each once, in order")

    def test_each_filter_admits_its_own(self) -> None:
        """One at a time, together, and with the total of the filtered."""
        desk = self.open_desk()
        odd = visit(
            "b",
            start=datetime(2026, 6, 16, 0, 0, tzinfo=UTC),
            service_id=VACCINATION.service_id,
            branch_id="branch-other",
            session=Session.EVENING,
            batch="MB",
            calendar_id=SECOND.calendar_id,
            external_reference_id="ref-1",
        )
        plain, gone = visit("a"), visit("c")
        desk.book(plain, odd, gone)
        desk.done(desk.change(gone, cancelled(gone)))
        filters: dict[str, Any] = {
            "utc_date": date(2026, 6, 16),
            "service_id": VACCINATION.service_id,
            "branch_id": "branch-other",
            "session": Session.EVENING,
            "batch": "MB",
            "phone_key": odd.phone_key,
            "external_reference_id": "ref-1",
        }
        alone = AppointmentPage(items=(odd,), total=1, revision=desk.revision)
        for name, value in filters.items():
            expect(page(desk, **{name: value}), alone, f"the filter {name} admits the one that has it")
        expect(page(desk, **filters), alone, "all of them together")
        expect(page(desk, **{**filters, "batch": "MC"}).total, 0, "every filter must admit it")
        expect(page(desk, status=AppointmentStatus.CANCELLED).items, (cancelled(gone),), "also by status")
        expect(page(desk, 1, 1).total, 3, "without filters everybody is there")

    def test_a_filter_is_compared_as_it_is_written(self) -> None:
        """No wildcard, no collation, no injection: values are data."""
        desk = self.open_desk()
        batches = ["100%", "1000", "A_", "AB", "ab", "\u00e9", "e", "'; DROP TABLE appointments; --", '"', "\\"]
        desk.book(*(visit(f"n{number}", batch=batch) for number, batch in enumerate(batches)))
        for number, batch in enumerate(batches):
            expect(
                [each.appointment_id for each in page(desk, batch=batch).items],
                [visit(f"n{number}").appointment_id],
                f"the batch {batch!r} is that batch and no other",
            )
        expect(page(desk, branch_id="' OR 1=1--").total, 0, "nothing has such a branch")

    def test_a_utc_date_is_the_whole_day_and_no_more(self) -> None:
        """From its first microsecond to its last (SPEC §10)."""
        desk = self.open_desk()
        midnight = datetime(2026, 6, 15, tzinfo=UTC)
        tick = timedelta(microseconds=1)
        day = timedelta(days=1)
        for name, start in (
            ("a", midnight - tick),
            ("b", midnight),
            ("c", midnight + day - tick),
            ("d", midnight + day),
        ):
            desk.book(visit(name, start=start))
        found = [each.appointment_id for each in page(desk, utc_date=MONDAY).items]
        expect(found, [visit("b").appointment_id, visit("c").appointment_id], "midnight belongs to the day it begins")

    def test_a_changed_appointment_is_listed_as_it_is_now(self) -> None:
        """Once, at its new place in the order."""
        desk = self.open_desk()
        mine = visit("a")
        desk.book(mine, visit("b", start=NINE + timedelta(minutes=5)))
        moved = following(week_later("a"))
        desk.done(desk.change(mine, moved))
        expect(
            [each.appointment_id for each in page(desk).items], [visit("b").appointment_id, mine.appointment_id], "last"
        )
        expect(page(desk, utc_date=MONDAY).total, 1, "gone from its old day")
        expect(page(desk, utc_date=moved.start.date()).items, (moved,), "and on its new one")

    # --- History ----------------------------------------------------------------------------------------------------

    def test_history_is_told_oldest_first_and_record_by_record(self) -> None:
        """As it was committed, field for field (SPEC U6)."""
        desk = self.open_desk()
        record = visit("a")
        commits = [desk.booking(record)]
        desk.done(commits[0])
        for number in range(4):
            after = following(record, notes=f"note {number}")
            commits.append(desk.change(record, after))
            desk.done(commits[-1])
            desk.book(visit(f"other{number}"))
            record = after
        told = tuple(event for commit in commits for event in commit.events)
        expect(desk.store.history(record.appointment_id), told, "every event of this record, oldest first")
        expect(desk.store.history("appt_never"), (), "of an unknown record there is nothing to tell")
        expect(len(desk.store.history(desk.org_id)), 1, "records of the setup have a history too")
