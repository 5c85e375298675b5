# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What a user's type checker sees: checked by mypy and pyright, never run."""

from collections.abc import Awaitable, Mapping
from datetime import date, datetime
from typing import Any, assert_type

import booking_engine as be
from booking_engine.adapters.agent import AsyncToolset, Tool, ToolResult, Toolset
from booking_engine.adapters.memory import AsyncMemoryStore, MemoryStore
from booking_engine.adapters.phone import E164Phones
from booking_engine.domain.events import FieldChange
from booking_engine.ledger.audit import Difference
from booking_engine.ledger.page import AppointmentPage
from booking_engine.ports import AnswerBook, AsyncAnswerBook, AsyncStore, Clock, IdFactory, Store
from booking_engine.rules.impact import Impact
from booking_engine.shell import RandomIds, system_clock
from booking_engine.testing.clock import FixedClock
from booking_engine.testing.ids import SeededIds
from booking_engine.wire import ENDPOINTS, Answer, answer_with, answer_with_async


def stores_and_ports_fit() -> None:
    store: Store = MemoryStore("org")
    async_store: AsyncStore = AsyncMemoryStore("org")
    clocks: tuple[Clock, ...] = (system_clock, FixedClock(system_clock()))
    ids: tuple[IdFactory, ...] = (RandomIds(), SeededIds(7))
    be.BookingEngine(store, clock=clocks[0], ids=ids[0], phones=E164Phones())
    be.AsyncBookingEngine(async_store, clock=clocks[1], ids=ids[1])
    be.BookingEngine(async_store)  # type: ignore[arg-type]
    be.AsyncBookingEngine(store)  # type: ignore[arg-type]


def toolsets_and_their_tools(
    engine: be.BookingEngine, async_engine: be.AsyncBookingEngine, answers: AnswerBook, async_answers: AsyncAnswerBook
) -> None:
    toolset, async_toolset = Toolset(engine, answers, lang="hi"), AsyncToolset(async_engine, async_answers)
    assert_type(toolset.tools, tuple[Tool[ToolResult], ...])
    assert_type(toolset.tools[0]({}, call_id="c", tool_call_id="t"), ToolResult)
    assert_type(toolset.call("book", "{}", call_id="c", tool_call_id="t"), ToolResult)
    assert_type(async_toolset.tools[0]({}, call_id="c", tool_call_id="t"), Awaitable[ToolResult])
    Toolset(async_engine, answers)  # type: ignore[arg-type]
    Toolset(engine, async_answers)  # type: ignore[arg-type]
    AsyncToolset(async_engine, answers)  # type: ignore[arg-type]


def options_of_an_engine(store: Store, async_store: AsyncStore, told: list[be.Event]) -> None:
    be.BookingEngine(store, phones=E164Phones(), observers=[told.append], attempts_max=3)
    be.BookingEngine(store, attempts=3)  # type: ignore[call-arg]
    be.AsyncBookingEngine(async_store, ids=SeededIds(7), observers=[told.append])
    be.AsyncBookingEngine(async_store, clock=system_clock())  # type: ignore[arg-type]


def options_of_its_methods(engine: be.BookingEngine, start: datetime) -> None:
    engine.reschedule("appt_x", start, session=be.Session.MORNING, status=be.AppointmentStatus.CONFIRMED)
    engine.reschedule("appt_x", start, patient_name="Bala")  # type: ignore[call-arg]
    engine.cancel("appt_x", notes=None, channel=be.Channel.STAFF, actor="desk")
    engine.cancel("appt_x", appointment_date=start)  # type: ignore[call-arg]
    engine.complete("appt_x", assigned_doctor="Dr Rao")
    engine.complete("appt_x", batch=None)  # type: ignore[arg-type]
    engine.disable_window("w", actor="desk")
    engine.disable_window("w", max_slots=3)  # type: ignore[call-arg]
    engine.availability(start.date(), until=start.date(), appointment_type="Checkup")
    engine.availability(start.date(), service="Checkup")  # type: ignore[call-arg]
    engine.alternatives("Checkup", start, branch_id="main", channel=be.Channel.AI_AGENT, limit=5)
    engine.alternatives("Checkup", start, date=start.date())  # type: ignore[call-arg]
    engine.reschedule("appt_x", start, alternatives=3)
    engine.cancel("appt_x", alternatives=3)  # type: ignore[call-arg]


async def options_of_its_awaited_methods(engine: be.AsyncBookingEngine, start: datetime) -> None:
    await engine.reschedule("appt_x", start, assigned_doctor=None)
    await engine.reschedule("appt_x", start, session=None)  # type: ignore[arg-type]
    await engine.cancel("appt_x", actor=None)
    await engine.cancel("appt_x", status=be.AppointmentStatus.CONFIRMED)  # type: ignore[call-arg]
    await engine.complete("appt_x", session=be.Session.EVENING)
    await engine.complete("appt_x", by="desk")  # type: ignore[call-arg]
    await engine.disable_window("w", channel=be.Channel.STAFF)
    await engine.disable_window("w", channel="staff")  # type: ignore[arg-type]
    await engine.availability(start.date(), session=be.Session.MORNING)
    await engine.availability(start.date(), branch=5)  # type: ignore[call-arg]
    await engine.alternatives("Checkup", start, session=be.Session.EVENING, assigned_doctor="Dr Rao")
    await engine.alternatives("Checkup", start.date())  # type: ignore[arg-type]


def an_ask(start: datetime) -> be.BookAppointment:
    ask = be.BookAppointment(
        appointment_type="Checkup", appointment_date=start, patient_name="Aadhi", parent_phone="+919840012345"
    )
    assert_type(ask.session, be.Session | None)
    assert_type(ask.channel, be.Channel)
    be.BookAppointment(appointment_type="Checkup")  # type: ignore[call-arg]
    be.AddService(name=5)  # type: ignore[arg-type]
    ask.patient_name = "Bala"  # type: ignore[misc]
    return ask


def answers_of_the_engine(engine: be.BookingEngine, ask: be.BookAppointment, day: date) -> None:
    booked = engine.book(ask)
    assert_type(booked, be.Booked)
    assert_type(booked.appointment, be.Appointment)
    assert_type(booked.differences, tuple[str, ...])
    appointment_id = booked.appointment.appointment_id
    assert_type(engine.reschedule(appointment_id, ask.appointment_date), be.Updated)
    assert_type(engine.cancel(appointment_id, actor="desk"), be.Updated)
    assert_type(engine.complete(appointment_id).changes, tuple[FieldChange, ...])
    assert_type(engine.appointment(appointment_id), be.Appointment)
    assert_type(engine.appointments(), AppointmentPage)
    assert_type(engine.history(appointment_id), tuple[be.Event, ...])
    assert_type(engine.catalog().services, Mapping[str, be.Service])
    assert_type(engine.configure(be.ConfigureOrganisation(timezone="UTC")), be.Changed[be.Organisation])
    assert_type(engine.add_branch(be.AddBranch(name="Main")).record, be.Branch)
    assert_type(engine.add_service(be.AddService(name="Checkup")).record, be.Service)
    assert_type(engine.disable_window("w").record, be.CalendarWindow)
    assert_type(engine.disable_window("w").impact, Impact)
    assert_type(engine.override_tracking(be.OverrideTracking(slot_id="w||2026-06-15")), be.Overridden)
    assert_type(engine.availability(day), tuple[be.AvailabilityRow, ...])
    assert_type(engine.alternatives("Checkup", ask.appointment_date), tuple[be.Alternative, ...])
    assert_type(engine.tracking(be.TrackingQuery(date=day)), tuple[be.TrackingRecord, ...])
    assert_type(engine.regenerate(), be.Regenerated)
    assert_type(engine.verify(), tuple[Difference, ...])
    engine.book(be.AddBranch(name="Main"))  # type: ignore[arg-type]


def holds(engine: be.BookingEngine, wish: be.HoldPlace) -> None:
    assert_type(engine.hold(wish), be.Held)
    hold_id = engine.hold(wish).hold.hold_id
    assert_type(engine.extend_hold(hold_id, actor="agent").hold.ends_at, datetime)
    assert_type(engine.release_hold(hold_id).hold, be.Hold | None)
    confirmation = be.ConfirmHold(hold_id=hold_id, patient_name="Devi", parent_phone="+911")
    assert_type(engine.confirm_hold(confirmation), be.Booked)
    be.HoldPlace(holder="call-1")  # type: ignore[call-arg]
    engine.hold(confirmation)  # type: ignore[arg-type]


async def answers_of_the_async_engine(engine: be.AsyncBookingEngine, ask: be.BookAppointment, day: date) -> None:
    assert_type(await engine.book(ask), be.Booked)
    assert_type(await engine.cancel("appt_x"), be.Updated)
    assert_type(await engine.release_hold("hold_x"), be.Released)
    assert_type(await engine.availability(day), tuple[be.AvailabilityRow, ...])
    assert_type(await engine.alternatives("Checkup", ask.appointment_date), tuple[be.Alternative, ...])
    assert_type(await answer_with_async(engine, ENDPOINTS["services"]), Answer)


def decisions_can_be_told_apart(engine: be.BookingEngine, ask: be.BookAppointment) -> str:
    decision: be.Decision[be.Booked] = engine.check(ask)
    match decision:
        case be.Accepted():
            return decision.result.appointment.appointment_id
        case be.Answered():
            assert_type(decision.result, be.Booked)
            return "stands already"
        case be.Rejected():
            return decision.rejection.message


def refusals(refusal: be.BookingRejected) -> None:
    assert_type(refusal.code, be.RejectionCode)
    assert_type(refusal.reason, be.Reason | None)
    assert_type(refusal.fields, tuple[be.FieldProblem, ...])
    assert_type(refusal.existing_appointment_id, str | None)
    assert_type(refusal.alternatives, tuple[be.Alternative, ...])
    assert_type([each.window.branch_id for each in refusal.alternatives], list[str])
    assert_type(refusal.rejection.latest, datetime | date | None)


def bodies(engine: be.BookingEngine) -> None:
    answer = answer_with(engine, ENDPOINTS["book"], body={})
    assert_type(answer.status, int)
    assert_type(answer.body, dict[str, Any])
