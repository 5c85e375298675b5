"""A replay carries out requests one by one against an engine whose clock stands still between them.

Every line has an answer, the unreadable too; none of them ends the replay.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import attrs

from booking_engine import BookingEngine, ConfigureOrganisation, FieldProblem, Organisation, Rejection
from booking_engine.adapters.cli.clock import StandingClock
from booking_engine.adapters.cli.names import Names, UnknownNameError
from booking_engine.adapters.cli.request import MAKES, Request, read_request
from booking_engine.domain.localtime import clean_instant
from booking_engine.domain.rejection import invalid
from booking_engine.errors import BookingRejected
from booking_engine.rules.shape import parsed
from booking_engine.wire import ENDPOINTS, Caller, answer_with, reports
from booking_engine.wire.answer import Answer, Body
from booking_engine.wire.errors import TransportCode, rejected, transport_error
from booking_engine.wire.values import plain, timestamp

_log = logging.getLogger(__name__)


@attrs.frozen
class Reply:
    """The answer to one line; ``do`` and ``name`` are what the line said, as far as it could be read."""

    do: str
    name: str
    answer: Answer


class Replay:
    """The state between two lines: an engine, its clock and the names that were given."""

    def __init__(self, engine: BookingEngine, clock: StandingClock) -> None:
        self._engine = engine
        self._clock = clock
        self._names = Names()

    def answer(self, line: bytes) -> Reply:
        """Carry out what a line asks for."""
        request = read_request(line)
        if isinstance(request, Rejection):
            return Reply("?", "", rejected(request))
        try:
            answer = self._carry_out(request)
        except Exception:
            # Our fault, not the line's: it is said as a server would say it, and the other lines are still answered.
            _log.exception("A request to %s could not be answered.", request.do)
            answer = transport_error(TransportCode.INTERNAL_ERROR)
        return Reply(request.do, _called(request), answer)

    def _carry_out(self, asked: Request) -> Answer:
        request = self._with_ids(asked)
        if isinstance(request, Rejection):
            return rejected(request)
        match request.do:
            case "clock":
                return self._set_clock(request)
            case "configure":
                return self._configure(request)
            case "verify":
                return self._verify()
            case _:
                return self._ask(request)

    def _with_ids(self, request: Request) -> Request | Rejection:
        """The request with the ids that its names stand for."""
        if request.name is not None and request.name in self._names:
            return invalid(FieldProblem("as", "is the name of an earlier line", "send another name"))
        parts: dict[str, Any] = {}
        problems = []
        for part in ("id", "query", "body"):
            try:
                parts[part] = self._names.put_into(getattr(request, part))
            except UnknownNameError as unknown:
                problems.append(FieldProblem(part, f"uses @{unknown}, which names nothing yet", "no line has made it"))
        return invalid(*problems) if problems else attrs.evolve(request, **parts)

    def _ask(self, request: Request) -> Answer:
        endpoint = ENDPOINTS[request.do]
        path = {} if endpoint.path_parameter is None else {endpoint.path_parameter: request.id}
        caller = Caller(channel=request.channel)
        answer = answer_with(self._engine, endpoint, path, _as_text(request.query), request.body, caller)
        if request.name is not None and answer.body["success"]:
            self._names.give(request.name, answer.body["data"][MAKES[request.do]])
        return answer

    # --- What is no endpoint ----------------------------------------------------------------------------------------

    def _set_clock(self, request: Request) -> Answer:
        to = clean_instant(request.to)
        if isinstance(to, FieldProblem):
            return rejected(invalid(to.named("to")))
        self._clock.now = to
        return Answer(200, {"success": True, "now": timestamp(to)})

    def _configure(self, request: Request) -> Answer:
        if not isinstance(request.body, Mapping):
            return rejected(invalid(FieldProblem("body", "is not a JSON object", 'send e.g. {"enabled": false}')))
        command = parsed(ConfigureOrganisation, request.body, channel=request.channel)
        if isinstance(command, tuple):
            return rejected(invalid(*command))
        try:
            organisation = self._engine.configure(command).record
        except BookingRejected as refusal:
            return rejected(refusal.rejection)
        return Answer(200, {"success": True, "data": _policy(organisation)})

    def _verify(self) -> Answer:
        differences = [reports.difference(each) for each in self._engine.verify()]
        return Answer(200, {"ok": not differences, "differences": differences})


def _called(request: Request) -> str:
    """What the file calls the record that the line is about: the name that the line gives, or the one that it uses."""
    if request.name is not None:
        return f"@{request.name}"
    return request.id if request.id is not None and request.id.startswith("@") else ""


def _policy(organisation: Organisation) -> Body:
    """The whole configuration, in the words in which it is given (SPEC §2)."""
    policy = attrs.asdict(organisation.configuration, value_serializer=lambda _, __, value: plain(value))
    return {"name": organisation.name, **policy}


def _as_text(query: object) -> object:
    """A query as a URL carries it: numbers are written as text."""
    if not isinstance(query, Mapping):
        return query
    return {name: str(value) if type(value) in (int, float) else value for name, value in query.items()}
