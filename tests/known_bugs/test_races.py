"""Cases of the storage: whoever comes at the same time, the places are counted exactly."""

from __future__ import annotations

import pytest
from properties.support import (
    AI,
    API,
    CANCELLED,
    CONFIRMED,
    MONDAY,
    Clinic,
    clinic,
    monday,
    request,
    update,
    why,
    window,
)

from booking_engine import (
    AppointmentsQuery,
    AvailabilityQuery,
    Booked,
    BookingRejected,
    Reason,
    Rejection,
    RejectionCode,
)
from booking_engine.ledger.claims import ReferenceName, Refused, UniqueClaim
from known_bugs.support import RacingStore, engines, race, race_to_book

FULL = (RejectionCode.SLOT_FULL, Reason.CAPACITY)


def racing_clinic(max_slots: int = 1) -> Clinic:
    """Monday 09:00-11:00 with so many places for everybody, over a store that lets contenders line up."""
    return clinic(window(ai_slots=max_slots), store=RacingStore())


def racing_store(made: Clinic) -> RacingStore:
    assert isinstance(made.store, RacingStore)
    return made.store


def granted(outcomes: list[object]) -> list[Booked]:
    return [outcome for outcome in outcomes if isinstance(outcome, Booked)]


def refusals(outcomes: list[object]) -> list[Rejection]:
    return [outcome for outcome in outcomes if isinstance(outcome, Rejection)]


def test_bug_001() -> None:
    made = racing_clinic()
    outcomes = race_to_book(made, *(request(monday("09:30"), f"+91{n}") for n in range(10)))
    assert len(granted(outcomes)) == 1
    assert [why(refused) for refused in refusals(outcomes)] == [FULL] * 9
    assert made.record().counts.filled == 1
    assert made.engine.verify() == ()


def test_bug_002() -> None:
    made = racing_clinic()
    outcomes = race_to_book(made, request(monday("09:00"), "+911"), request(monday("10:00"), "+912"))
    assert len(granted(outcomes)) == 1
    assert [why(refused) for refused in refusals(outcomes)] == [FULL]
    assert made.engine.verify() == ()


def test_bug_003() -> None:
    made = racing_clinic()
    first, second = engines(made.store, made.clock, 2)
    shown = [engine.availability(MONDAY)[0].available_slots for engine in (first, second)]
    assert shown == [1, 1]
    first.book(request(monday("09:30"), "+911"))
    with pytest.raises(BookingRejected) as late:
        second.book(request(monday("09:30"), "+912"))
    assert why(late.value.rejection) == FULL


def test_bug_006() -> None:
    made = racing_clinic(max_slots=2)
    outcomes = race_to_book(made, *(request(monday("09:30"), f"+91{n}") for n in range(4)))
    assert len(granted(outcomes)) == 2
    assert [why(refused) for refused in refusals(outcomes)] == [FULL] * 2
    assert (made.record().counts.filled, made.row().available_slots) == (2, 0)


def test_bug_009() -> None:
    made = racing_clinic()
    cancelled = [made.cancel(made.book(monday("09:30"), phone)) for phone in ("+911", "+912")]
    racing_store(made).expect(2)
    first, second = engines(made.store, made.clock, 2)
    outcomes = race(
        [
            lambda: first.update(update(cancelled[0], status=CONFIRMED)),
            lambda: second.update(update(cancelled[1], status=CONFIRMED)),
        ]
    )
    assert [why(each) for each in outcomes if isinstance(each, Rejection)] == [FULL]
    assert sorted(made.again(each).status for each in cancelled) == [CANCELLED, CONFIRMED]
    assert made.record().counts.filled == 1


def test_bug_014() -> None:
    later = window("w2", ai_slots=2, start_time="11:00", end_time="13:00")
    made = clinic(window("w1", ai_slots=2), later)
    instants = (monday("09:30"), monday("11:30"))
    east, west = made.book(instants[0], "+911"), made.book(instants[1], "+912")

    def swap(appointment_id: str, here: int) -> int:
        (engine,) = engines(made.store, made.clock, 1)
        moves = (engine.reschedule(appointment_id, instants[(here + turn) % 2]) for turn in range(1, 41))
        return sum(len(moved.changes) > 0 for moved in moves)

    def regenerate() -> int:
        (engine,) = engines(made.store, made.clock, 1)
        return sum(len(engine.regenerate().differences) for _ in range(80))

    outcomes = race([lambda: swap(east.appointment_id, 0), lambda: swap(west.appointment_id, 1), regenerate])
    assert outcomes == [40, 40, 0]
    assert [record.counts.filled for record in made.records()] == [1, 1]
    assert [made.again(each).calendar_id for each in (east, west)] == ["w1", "w2"]


def test_bug_016() -> None:
    made = racing_clinic(max_slots=5)
    ask = request(monday("09:30"), external_reference_id="R")
    outcomes = granted(race_to_book(made, ask, ask))
    assert sorted(booked.replayed for booked in outcomes) == [False, True]
    assert len({booked.appointment.appointment_id for booked in outcomes}) == 1
    assert made.record().counts.filled == 1


def test_bug_017() -> None:
    made = racing_clinic(max_slots=5)
    ask = request(monday("09:30"), external_reference_id="R")
    outcomes = race_to_book(made, ask, ask)
    (lost,) = (outcome for outcome in racing_store(made).outcomes if isinstance(outcome, Refused))
    names = {claim.name for claim in lost.claims if isinstance(claim, UniqueClaim)}
    assert ReferenceName("R") in names
    # The loser reads again and answers: neither a fault nor DUPLICATE_BOOKING.
    assert len(granted(outcomes)) == 2


def test_bug_105() -> None:
    made = racing_clinic(max_slots=5)
    outcomes = race_to_book(
        made,
        request(monday("09:30"), "+1 (234) 567-8901", channel=API),
        request(monday("09:30"), "+12345678901", channel=AI),
    )
    (booked,) = granted(outcomes)
    (refused,) = refusals(outcomes)
    assert refused.code is RejectionCode.DUPLICATE_BOOKING
    assert refused.existing_appointment_id == booked.appointment.appointment_id
    found = made.engine.appointments(AppointmentsQuery(phone="001 234.567.8901"))
    assert found.items == (booked.appointment,)


def test_bug_123() -> None:
    made = clinic(window(ai_slots=5))
    injection = "' OR 1=1--"
    for ask in (
        AppointmentsQuery(branch_id=injection),
        AvailabilityQuery(date=MONDAY, branch_id=injection),
        request(monday("09:30"), branch_id=injection),
    ):
        refused = made.refused(ask)
        assert refused.code is RejectionCode.VALIDATION_ERROR
        assert [problem.field for problem in refused.fields] == ["branch_id"]
    assert made.refused(AppointmentsQuery(appointment_type=injection)).code is RejectionCode.INVALID_APPOINTMENT_TYPE
    name, reference = 'O\'Brien "100%_"; DROP TABLE', "50%_\\"
    booked = made.book(monday("09:30"), patient_name=name, external_reference_id=reference)
    assert (booked.patient_name, booked.external_reference_id) == (name, reference)
    made.book(monday("09:30"), "+912", external_reference_id="50xx")
    assert made.engine.appointments(AppointmentsQuery(external_reference_id=reference)).items == (booked,)
    assert made.engine.appointments(AppointmentsQuery(external_reference_id="%")).total == 0
