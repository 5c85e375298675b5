"""The organisation of the documents, with their ids, and a clock that the test moves."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from booking_engine import AddBranch, AddService, BookingEngine, Channel, ConfigureOrganisation
from booking_engine.adapters.memory import MemoryStore
from booking_engine.wire import ENDPOINTS, Answer, Caller, Headers, answer_with

BRANCH = "branch_uuid_here"
CHECKUP = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
FOLLOW_UP = "3b8b1c2a-9e4f-4d3a-8c1b-2e5f7a9b0c1d"
WINDOW = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
APPOINTMENT, SECOND_APPOINTMENT = "appt_a1b2c3d4e5", "appt_f6g7h8i9j0"

NO_HEADERS = Headers()

Exchange = dict[str, Any]
EXCHANGES: dict[str, Exchange] = {
    exchange["name"]: exchange
    for exchange in json.loads(Path(__file__).with_name("documents.json").read_text(encoding="utf-8"))
}


class DocumentIds:
    """The first booking and the first window get the documents' ids, everything else ids of its own."""

    def __init__(self) -> None:
        self._others = (f"other-{n}" for n in itertools.count())
        self._tokens: Iterator[str] = itertools.chain(["a1b2c3d4e5", "f6g7h8i9j0"], self._others)
        self.uuids: Iterator[str] = self._others

    def token(self) -> str:
        return next(self._tokens)

    def uuid(self) -> str:
        return next(self.uuids)

    def document_window_next(self) -> None:
        self.uuids = itertools.chain([WINDOW], self._others)


class Story:
    """The documents' organisation: one branch, two services, in UTC unless they say otherwise."""

    def __init__(self, **config: Any) -> None:
        self.now = datetime(2026, 5, 26, 10, tzinfo=UTC)
        self.store = MemoryStore("documents")
        ids = DocumentIds()
        self.engine = BookingEngine(self.store, clock=lambda: self.now, ids=ids)
        self.engine.configure(ConfigureOrganisation(name="Clinic", **{"timezone": "UTC", **config}))
        self.engine.add_branch(AddBranch(branch_id=BRANCH, name="Main"))
        self.engine.add_service(AddService(service_id=CHECKUP, name="General Checkup"))
        self.engine.add_service(AddService(service_id=FOLLOW_UP, name="Follow-up Visit"))
        ids.document_window_next()

    def play(self, name: str) -> Answer:
        """One exchange of the documents, at the time that its answer shows."""
        exchange = EXCHANGES[name]
        if "at" in exchange:
            self.now = datetime.fromisoformat(exchange["at"])
        return self.send(exchange["endpoint"], exchange.get("body"), **exchange.get("path", {}))

    def send(
        self,
        endpoint: str,
        body: object = None,
        channel: Channel = Channel.API,
        headers: Headers = NO_HEADERS,
        **path: str,
    ) -> Answer:
        """One request."""
        return answer_with(self.engine, ENDPOINTS[endpoint], path, None, body, Caller(channel), headers)
