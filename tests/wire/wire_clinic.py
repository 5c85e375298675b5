"""A clinic behind the wire: what is sent arrives as text, as over any transport, and what stands can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from wire_schemas import check_schema

from booking_engine import AddBranch, AddService, BookingEngine, Channel, ConfigureOrganisation
from booking_engine.adapters.memory import MemoryStore
from booking_engine.domain.rejection import Rejection
from booking_engine.wire import ENDPOINTS, Answer, Caller, answer_with
from booking_engine.wire.errors import rejected
from booking_engine.wire.reading import read_json, read_query, to_json

NOW = datetime(2026, 5, 26, 10, tzinfo=UTC)
MONDAY = "2026-06-15"
CHECKUP, FOLLOW_UP = "svc-checkup", "svc-follow-up"
MAIN, NORTH = "main", "north"


class CountedIds:
    """Ids in the order in which they are asked for."""

    def __init__(self) -> None:
        self.count = 0

    def token(self) -> str:
        self.count += 1
        return f"{self.count:04}"

    def uuid(self) -> str:
        self.count += 1
        return f"id-{self.count}"


class Clinic:
    """One branch, two services, in UTC; ``windows`` are bodies for ``create_window``."""

    def __init__(self, *windows: dict[str, object], branches: Iterable[str] = (MAIN,), **config: Any) -> None:
        self.now = NOW
        self.store = MemoryStore("clinic")
        self.engine = BookingEngine(self.store, clock=lambda: self.now, ids=CountedIds())
        policy: dict[str, Any] = {"timezone": "UTC", **config}
        self.engine.configure(ConfigureOrganisation(name="Clinic", **policy))
        for branch in branches:
            self.engine.add_branch(AddBranch(name=branch.title(), branch_id=branch))
        self.engine.add_service(AddService(name="General Checkup", service_id=CHECKUP))
        self.engine.add_service(AddService(name="Follow-up Visit", service_id=FOLLOW_UP))
        self.windows = [self.send("create_window", window).body["data"]["calendar_id"] for window in windows]

    def send(
        self,
        name: str,
        body: object = None,
        query: object = None,
        channel: Channel = Channel.API,
        actor: str | None = None,
        **path: Any,
    ) -> Answer:
        """Send values as they are; every answer is held against its schema."""
        answer = answer_with(self.engine, ENDPOINTS[name], path, query, body, Caller(channel, actor))
        check_schema(name, answer)
        return answer

    def send_text(self, name: str, text: bytes | str, **path: Any) -> Answer:
        """Send a body as a transport receives it."""
        body = read_json(text)
        return rejected(body) if isinstance(body, Rejection) else self.send(name, body, **path)

    def send_query(self, name: str, *pairs: tuple[str, str]) -> Answer:
        """Send a query string as a transport receives it."""
        query = read_query(pairs)
        return rejected(query) if isinstance(query, Rejection) else self.send(name, query=query)

    def later(self, **by: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**by)

    def state(self) -> tuple[object, ...]:
        """Everything that stands: setup, ledger, appointments and what happened to them."""
        snapshot = self.store.snapshot()
        subjects = ["clinic", *self.store.catalog().windows, *(each.appointment_id for each in snapshot.appointments)]
        return (self.store.catalog().revision, snapshot, [self.store.history(subject) for subject in subjects])


def window(**fields: object) -> dict[str, object]:
    """A Monday morning for everything, 9 to 11, 20 places of which 10 are the agent's; None leaves a field out."""
    standard: dict[str, object] = {
        "branch_id": MAIN,
        "day": "monday",
        "session": "Morning",
        "start_time": "09:00",
        "end_time": "11:00",
        "max_slots": 20,
        "ai_slots": 10,
        "batch_name": "MA",
    }
    return {name: value for name, value in {**standard, **fields}.items() if value is not None}


def booking(**fields: object) -> dict[str, object]:
    """A booking that fits that window; None leaves a field out."""
    standard: dict[str, object] = {
        "appointment_type": "General Checkup",
        "appointment_date": f"{MONDAY}T09:30:00.000Z",
        "patient_name": "Aadhi",
        "parent_phone": "+919840XXXXXX",
    }
    return {name: value for name, value in {**standard, **fields}.items() if value is not None}


def bad_fields(answer: Answer) -> list[str]:
    """The fields that a ``VALIDATION_ERROR`` names."""
    assert (answer.status, answer.body["error"]["code"]) == (400, "VALIDATION_ERROR"), to_json(answer.body)
    return [field["field"] for field in answer.body["error"]["fields"]]
