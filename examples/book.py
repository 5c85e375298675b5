"""Book one appointment: the smallest use of the library."""

from datetime import UTC, datetime

from booking_engine import (
    AddBranch,
    AddService,
    BookAppointment,
    BookingEngine,
    BookingRejected,
    ConfigureOrganisation,
    CreateWindow,
    Session,
    Weekday,
)
from booking_engine.adapters.memory import MemoryStore

engine = BookingEngine(MemoryStore(), clock=lambda: datetime(2026, 6, 1, 8, tzinfo=UTC))
engine.configure(ConfigureOrganisation(name="Sunrise Clinic", timezone="UTC"))
engine.add_branch(AddBranch(branch_id="main", name="Main Street"))
engine.add_service(AddService(name="General Checkup"))
engine.create_window(
    CreateWindow(branch_id="main", day=Weekday.MONDAY, session=Session.MORNING, end_time="12:00", ai_slots=10)
)

visit = BookAppointment(
    appointment_type="general checkup",
    appointment_date=datetime(2026, 6, 15, 9, 30, tzinfo=UTC),
    patient_name="Aadhi",
    parent_phone="+91 98400 12345",
)
booked = engine.book(visit).appointment
print(f"{booked.status}: {booked.date}, {booked.session}")  # noqa: T201 (an example shows what it does)

try:
    engine.book(visit)
except BookingRejected as refusal:
    print(f"refused: {refusal.code}, {refusal.message}")  # noqa: T201
