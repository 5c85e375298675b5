"""No phone number, name or note stands in what is logged or printed: in no repr, and in no error's text."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_engine import (
    Accepted,
    AppointmentsQuery,
    BookingRejected,
    ConfigureOrganisation,
    UpdateAppointment,
)
from booking_engine.decisions.decision import Circumstances
from booking_engine.decisions.planners import PLANNERS
from booking_engine.domain.phone import PlainPhones
from booking_engine.ledger.audit import differences
from booking_engine.ledger.page import AppointmentFilter
from booking_engine.shell import Ask
from properties.support import CONFIRMED, Clinic, attempt, clinic, monday, request, update, window

PHONE, NAME, NOTES = "+999123456789", "Canary Yellowbird", "sings at dawn"
SECRETS = (PHONE, "999123456789", NAME, NAME.casefold(), "yellowbird", NOTES, "at dawn")


def told(value: object) -> list[str]:
    """Which of the secrets somebody can read who sees the value printed."""
    shown = f"{value!r} {value!s} {value}"
    return [secret for secret in SECRETS if secret in shown]


def private_request(clock: str = "09:30", **fields: Any) -> Any:
    return request(monday(clock), PHONE, patient_name=NAME, notes=NOTES, **fields)


def everything_about_one_booking() -> Iterator[object]:
    """All values that the library makes of a booking, its change, its refusal and its reading."""
    seen: list[object] = []
    made = clinic(
        window(ai_slots=5),
        options={"observers": [seen.append]},
        duplicate_includes_patient=True,
        cancellation_notice_hours=0,
    )
    engine, command = made.engine, private_request(external_reference_id="R", assigned_doctor="Dr Rao")
    yield command
    yield from decision_and_its_parts(made, command)
    booked = engine.book(command)
    yield booked
    yield engine.book(attrs.evolve(command, notes=f"{NOTES}!"))
    yield from refusals(made, private_request("10:00"))
    yield from refusals(made, private_request("07:00"))
    yield from refusals(made, private_request(assigned_doctor=f"{NAME}\0"))
    change = update(booked.appointment, notes=f"{NOTES} and dusk", appointment_date=monday("10:30"))
    yield change
    yield from decision_and_its_parts(made, change)
    yield engine.update(change)
    yield engine.cancel(booked.appointment.appointment_id)
    yield from decision_and_its_parts(made, update(booked.appointment, status=CONFIRMED))
    yield engine.history(booked.appointment.appointment_id)
    query = AppointmentsQuery(phone=PHONE)
    yield query
    yield engine.appointments(query)
    yield made.records()
    yield AppointmentFilter(phone_key=PHONE)
    yield made.snapshot()
    yield differences(made.engine.catalog().configuration, attrs.evolve(made.snapshot(), appointments=()))
    other = attrs.evolve(made.snapshot(), appointments=(booked.appointment,))
    yield differences(made.engine.catalog().configuration, other)
    yield engine.catalog()
    yield from seen


def decision_and_its_parts(made: Clinic, command: Any) -> Iterator[object]:
    decision = made.engine.check(command)
    assert isinstance(decision, Accepted)
    yield decision
    yield decision.commit
    yield from decision.commit.claims + decision.commit.unique_claims + decision.commit.events
    circumstances = Circumstances(
        made.clock.now, "id", PlainPhones(), made.appointments()[0] if made.appointments() else None
    )
    plan = PLANNERS[type(command)](command, made.engine.catalog(), circumstances)
    yield plan
    yield plan.query
    yield made.store.view(plan.query)


def refusals(made: Clinic, command: Any) -> Iterator[object]:
    with pytest.raises(BookingRejected) as caught:
        made.engine.book(command)
    yield caught.value
    yield caught.value.rejection


def test_no_value_shows_a_patient() -> None:
    values = list(everything_about_one_booking())
    assert len(values) > 30
    assert [(type(value).__name__, found) for value in values if (found := told(value))] == []


def test_a_failing_observer_puts_no_patient_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: object) -> None:
        raise RuntimeError("The line is down.")

    made = clinic(window(), options={"observers": [fail]})
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        made.engine.book(private_request())
    assert len(caplog.records) == 1
    assert told(caplog.text) == []


secrets = st.text(st.characters(categories=["L", "N"]), min_size=12, max_size=40).map("secret-{}".format)


@given(secret=secrets, spoilt=st.sampled_from(["{}\0", "{}" * 40, "\ud800{}"]))
def test_a_refusal_names_the_field_and_never_its_value(secret: str, spoilt: str) -> None:
    made, text = clinic(window()), spoilt.format(*[secret] * 40)
    asks: list[Ask] = [
        request(monday("09:30"), text, patient_name=text, notes=text * 60, batch=text, assigned_doctor=text),
        UpdateAppointment(appointment_id=text, notes=text * 60, batch=text),
        ConfigureOrganisation(timezone=text, name=text, default_region=text),
        AppointmentsQuery(phone=text),
    ]
    for ask in asks:
        refused = attempt(made.engine, ask)
        assert refused.fields
        assert secret not in f"{refused!r} {BookingRejected(refused)} {BookingRejected(refused)!r}"
