"""A command has its shape when every field is of its kind and within its bounds; all bad fields are named at once."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from booking_engine import commands as c
from booking_engine import queries as q
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.text import printable
from booking_engine.rules.shape_table import SHAPES, Null, Shape, Values

UNKNOWN_NAMED_MAX = 20

AskT = TypeVar("AskT", bound=c.Command | q.Query)

_ABSENT, _CLEARS, _REFUSED = Null


class _CommandShape:
    """A shape made ready for the commands of one class: all fields are read at once, and absent ones passed over."""

    def __init__(self, kind: type[attrs.AttrsInstance], shape: Shape) -> None:
        self.shape = shape
        # attrgetter gives a bare value for one name; an attribute that everything has makes it a tuple always.
        self.read = operator.attrgetter(*[field.name for field in shape.fields], "__class__")
        defaults = {field.name: field.default for field in attrs.fields(kind)}
        self.checks = tuple([(field, field.check.clean, defaults[field.name]) for field in shape.fields])


def checked(command: AskT) -> AskT | tuple[FieldProblem, ...]:
    """The command with its values cleaned, or every problem it has. The same object when nothing was to be cleaned."""
    ready = _COMMAND_SHAPES[type(command)]
    given = ready.read(command)
    problems: list[FieldProblem] = []
    cleaned: dict[str, Any] = {}
    for (field, check, default), value in zip(ready.checks, given, strict=False):
        if value is default and not field.required:
            continue  # as most fields of most commands
        if value is None or value is c.UNSET:
            if field.required or (value is None and field.null is _REFUSED):
                problems.append(FieldProblem(field.name, "is missing", "send a value"))
            elif field.null is not _CLEARS:
                cleaned[field.name] = default  # absent
            continue
        clean = check(value)
        if clean is not value:
            if type(clean) is FieldProblem:
                problems.append(clean.named(field.name))
            else:
                cleaned[field.name] = clean
    problems += _problems_between(ready.shape, given, cleaned, problems)
    if problems:
        return tuple(problems)
    return attrs.evolve(command, **cleaned) if cleaned else command


def _problems_between(
    shape: Shape, given: tuple[Any, ...], cleaned: Values, problems: list[FieldProblem]
) -> list[FieldProblem]:
    if shape.between is None and not shape.partial:
        return []
    values = {
        field.name: value
        for field, value in zip(shape.fields, given, strict=False)
        if value is not c.UNSET and (value is not None or field.null is _CLEARS)
    }
    values.update(cleaned)
    for problem in problems:
        values[problem.field] = None  # sent, but of no use
    return _between(shape, values, problems)


def parsed(kind: type[AskT], body: Mapping[str, object], **known: object) -> AskT | tuple[FieldProblem, ...]:
    """The command that a body from outside asks for, or every problem of the body.

    ``known`` are the fields that the transport supplies: path parameters, channel, actor.
    """
    shape = SHAPES[kind]
    accepted = {field.name for field in shape.fields if field.in_body}
    problems = _unknown(body, accepted)
    values: dict[str, Any] = {}
    for name, check, required, null, in_body, _ in shape.fields:
        source = body if in_body else known
        if name not in source or (source[name] is None and null is _ABSENT):
            if required:
                problems.append(FieldProblem(name, "is missing", "send a value"))
            continue
        value = source[name]
        if value is None and null is _CLEARS:
            values[name] = None
        elif value is None:
            problems.append(FieldProblem(name, "is null", "send a value or leave the field out"))
        else:
            clean = check.clean(value)
            if isinstance(clean, FieldProblem):
                problems.append(clean.named(name))
                values[name] = None  # sent, but of no use
            else:
                values[name] = clean
    problems += _between(shape, values, problems)
    return tuple(problems) if problems else kind(**values)


def _between(shape: Shape, values: Values, problems: list[FieldProblem]) -> list[FieldProblem]:
    changing = [field.name for field in shape.fields if field.in_body and field.changes] if shape.partial else []
    if shape.partial and not problems and not any(name in values for name in changing):
        names = ", ".join(changing)
        return [FieldProblem("body", "changes nothing", f"send at least one of: {names}")]
    if shape.between is None:
        return []
    bad = [problem.field for problem in problems]
    return [found for found in shape.between(values) if found.field not in bad]


def _unknown(body: Mapping[str, object], accepted: set[str]) -> list[FieldProblem]:
    hint = f"known fields: {', '.join(sorted(accepted))}" if accepted else "this request has no fields"
    unknown = [name for name in body if name not in accepted]
    told = [
        FieldProblem(printable(name), "is not a field of this request", hint) for name in unknown[:UNKNOWN_NAMED_MAX]
    ]
    if len(unknown) > UNKNOWN_NAMED_MAX:
        told.append(FieldProblem("body", f"has {len(unknown) - UNKNOWN_NAMED_MAX} more such fields", hint))
    return told


_COMMAND_SHAPES = {kind: _CommandShape(kind, shape) for kind, shape in SHAPES.items()}
