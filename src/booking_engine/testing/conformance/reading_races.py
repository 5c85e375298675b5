"""Cases of reading while others write: every view, and every snapshot, is of one instant (store rule 3)."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.tracking import EMPTY, Counts, TrackingKey
from booking_engine.ledger.view import LedgerQuery
from booking_engine.ports import Store
from booking_engine.testing.conformance.base import StoreCases
from booking_engine.testing.conformance.capabilities import needs
from booking_engine.testing.conformance.desk import Desk
from booking_engine.testing.conformance.expectation import expect
from booking_engine.testing.conformance.material import KEY, MONDAY, NEXT_MONDAY, NOW, following, visit, week_later
from booking_engine.testing.conformance.racing import race

KEYS = (KEY, KEY._replace(date=NEXT_MONDAY))


class ReadingRaceCases(StoreCases):
    """Readers see what was so at some instant, whoever writes."""

    @needs("concurrent")
    def test_a_view_is_one_snapshot_while_others_write(self) -> None:
        """A place that moves between two dates is on exactly one of them, in every view and snapshot."""
        desk, mine = self.open_desk(), visit("a", external_reference_id="ref-1")
        desk.book(mine)
        writer, *readers = self.handles(desk.store, desk.org_id, 4)
        stop = threading.Event()
        race(
            [
                functools.partial(_wander, desk, writer, mine, 60 * self.race_rounds, stop),
                *(functools.partial(_watch, reader, mine, stop) for reader in readers),
            ]
        )
        desk.expect_sound()


def _wander(desk: Desk, store: Store, appointment: Appointment, times: int, stop: threading.Event) -> None:
    """Move an appointment between two dates, so many times or until somebody stops."""
    own = Desk(store, desk.org_id, series=9)
    try:
        for number in range(times):
            if stop.is_set():
                break
            template = visit("a") if number % 2 else week_later("a")
            moved = following(appointment, date=template.date, start=template.start)
            own.done(own.change(appointment, moved))
            appointment = moved
    finally:
        stop.set()


def _watch(store: Store, appointment: Appointment, stop: threading.Event) -> None:
    """Read until somebody stops, and hold every answer against itself."""
    days = MONDAY, NEXT_MONDAY
    query = LedgerQuery(now=NOW, appointment_id=appointment.appointment_id, reference="ref-1", days=days)
    try:
        while not stop.is_set():
            view, snapshot = store.view(query), store.snapshot()
            assert view.appointment is not None
            _expect_one_place(view.appointment, {key: view.counts(key) for key in KEYS})
            expect(view.referenced, view.appointment, "a view shows one version of an appointment")
            (shown,) = snapshot.appointments
            _expect_one_place(shown, {key: snapshot.counts.get(key, EMPTY) for key in KEYS})
    finally:
        stop.set()


def _expect_one_place(shown: Appointment, counts: Mapping[TrackingKey, Counts]) -> None:
    """Expect that the appointment has its place where it is, and none where it was."""
    wanted = {key: Counts(int(key == shown.tracking_key), 0) for key in KEYS}
    expect(counts, wanted, "what is read together is one snapshot")
    template = visit("a") if shown.date == MONDAY else week_later("a")
    expect(shown.start, template.start, "a record is one version")
