"""Asking turns what a transport received into a command or query, or says everything that is wrong with it at once.

Fields are checked by the core's one table of shapes; what is added here are the places on the wire that they come
from: path, query string, body and headers.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

import attrs

from booking_engine.domain.channel import Channel
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import Rejection, invalid
from booking_engine.queries import CatalogQuery
from booking_engine.rules.fields import text
from booking_engine.rules.shape import parsed
from booking_engine.shell import Ask
from booking_engine.wire.headers import IDEMPOTENCY_KEY, IF_MATCH, Headers, wanted_versions

_WHOLE_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)


@attrs.frozen
class Caller:
    """Who asks: the channel that the transport granted (SPEC §10), and a name for the history (SPEC U6)."""

    channel: Channel = Channel.API
    actor: str | None = None


class Takes(enum.Enum):
    """Where on the wire the fields of an ask come from."""

    QUERY = "query"
    BODY = "body"
    NOTHING = "nothing"


@attrs.frozen
class Asking:
    """How the parts of a request make one ask.

    ``names`` gives the ask's field where the wire has another name for it; ``numbers`` are the query parameters that
    stand for numbers; ``given`` are fields that the endpoint itself supplies.

    ``versioned`` makes the id of the edited record of the parameter in the path, for endpoints that know ``If-Match``:
    the others refuse it, for an edit must not go on as if nothing had been asked. ``keyed`` is the field of the body
    that ``Idempotency-Key`` stands for where the body has none; the others pass it over, for it asks nothing of them.
    """

    kind: type[Ask]
    takes: Takes = Takes.NOTHING
    names: Mapping[str, str] = attrs.field(factory=dict)
    numbers: frozenset[str] = frozenset()
    given: Mapping[str, object] = attrs.field(factory=dict)
    versioned: Callable[[str], str] | None = None
    keyed: str | None = None

    def __call__(
        self, path: Mapping[str, object], query: object, body: object, caller: Caller, headers: Headers
    ) -> Ask | Rejection:
        """The ask, or a ``VALIDATION_ERROR`` with every bad field."""
        versions = self._versions(path, headers.if_match)
        problems = [
            *([versions] if isinstance(versions, FieldProblem) else []),
            *(() if self.takes is Takes.QUERY else _unexpected("query", query, "send no query parameters")),
            *(() if self.takes is Takes.BODY else _unexpected("body", body, "send no body")),
        ]
        fields = self._fields(query, body)
        if isinstance(fields, FieldProblem):
            return invalid(*problems, fields)
        problems += self._misnamed(fields)
        key = self._key(headers.idempotency_key)
        if isinstance(key, FieldProblem):
            problems.append(key)
        elif key is not None and self.keyed is not None and fields.get(self.keyed) is None:
            fields = {**fields, self.keyed: key}
        values = {self.names.get(name, name): value for name, value in fields.items() if name not in self._aliased}
        known = {self.names.get(name, name): value for name, value in path.items()}
        wanted = None if isinstance(versions, FieldProblem) else versions
        ask = parsed(self.kind, values, **known, channel=caller.channel, actor=caller.actor, if_version=wanted)
        if isinstance(ask, tuple):
            return invalid(*problems, *map(self._told, ask))
        return invalid(*problems) if problems else ask

    def _versions(self, path: Mapping[str, object], if_match: str | None) -> tuple[int, ...] | FieldProblem | None:
        """The versions that the record may have; None for any."""
        if if_match is None:
            return None
        if self.versioned is None:
            return FieldProblem(IF_MATCH, "is not expected here", "send it with a change of an appointment or a slot")
        (record_id,) = path.values() or (None,)
        return wanted_versions(if_match, self.versioned(record_id) if isinstance(record_id, str) else "")

    def _key(self, key: str | None) -> object:
        """The header that stands for a field of the body, clean; what is wrong with it, the body right or wrong."""
        if self.keyed is None or key is None:
            return None
        clean = text.clean(key)
        return clean.named(IDEMPOTENCY_KEY) if isinstance(clean, FieldProblem) else clean

    @property
    def _aliased(self) -> frozenset[str]:
        """The ask's own names for what has another name on the wire: nobody may send those."""
        return frozenset(self.names.values())

    def _fields(self, query: object, body: object) -> Mapping[str, object] | FieldProblem:
        match self.takes:
            case Takes.NOTHING:
                return self.given
            case Takes.BODY:
                return body if isinstance(body, Mapping) else _not_an_object("body")
            case Takes.QUERY:
                return _not_an_object("query") if not isinstance(query, Mapping | None) else self._numbered(query or {})
            case _ as never:
                assert_never(never)

    def _numbered(self, query: Mapping[str, object]) -> Mapping[str, object]:
        """The query with its digits read as numbers where numbers are meant."""
        return {name: _number(value) if name in self.numbers else value for name, value in query.items()}

    def _misnamed(self, fields: Mapping[str, object]) -> Iterator[FieldProblem]:
        for name, own in self.names.items():
            if own in fields:
                yield FieldProblem(own, "is not a field of this request", f"send {name}")

    def _told(self, problem: FieldProblem) -> FieldProblem:
        """The problem in the words of the wire."""
        field, wrong, hint = problem
        for name, own in self.names.items():
            field = name if field == own else field
            wrong, hint = (re.sub(rf"\b{own}\b", name, words) for words in (wrong, hint))
        return FieldProblem(field, wrong, hint)


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value) else value


def _not_an_object(part: str) -> FieldProblem:
    return FieldProblem(part, "is not a JSON object", 'send an object, e.g. {"field": "value"}')


def _unexpected(part: str, value: object, hint: str) -> Iterator[FieldProblem]:
    """What stands in a part of the request that the endpoint does not take; an empty object is nothing."""
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield FieldProblem(part, "is not expected here", hint)
        return
    problems = parsed(CatalogQuery, value)
    for problem in problems if isinstance(problems, tuple) else ():
        yield FieldProblem(problem.field, problem.problem, hint)
