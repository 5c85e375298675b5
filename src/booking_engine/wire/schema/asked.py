"""What may be asked, as JSON Schema: each field of a command or query with all that its check takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from booking_engine.rules.fields import JsonSchema
from booking_engine.rules.shape_table import SHAPES, Field, Null
from booking_engine.shell import Ask
from booking_engine.wire.schema.words import words_for
from booking_engine.wire.values import plain


def json_schema(kind: type[Ask]) -> JsonSchema:
    """The object that a body for this command or query is: its fields, which are needed, and the rules between them.

    A rule that JSON Schema has no words for (the end after the start) is left to the refusal that names the field.
    """
    shape = SHAPES[kind]
    schema: dict[str, Any] = {
        "title": kind.__name__,
        "type": "object",
        "properties": fields_schema(kind),
        "additionalProperties": False,
    }
    required = [field.name for field in shape.fields if field.in_body and field.required]
    if required:
        schema["required"] = required
    if shape.partial:
        schema["minProperties"] = 1
        beside = [field.name for field in shape.fields if field.in_body and not field.changes]
        if beside:
            schema["allOf"] = [{"not": {"propertyNames": {"enum": beside}}}]
    return {**schema, **shape.schema}


def fields_schema(kind: type[Ask]) -> Mapping[str, JsonSchema]:
    """The schemas of the fields that may be sent, by name; null is in those where it means something."""
    return {field.name: _field_schema(kind, field) for field in SHAPES[kind].fields if field.in_body}


def _field_schema(kind: type[Ask], field: Field) -> JsonSchema:
    """One field, with null where it stands for absence or clears."""
    schema = dict(value_schema(kind, field))
    if field.null is Null.REFUSED or (field.required and field.null is Null.ABSENT):
        return schema
    schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return schema


def value_schema(kind: type[Ask], field: Field) -> JsonSchema:
    """What a field may be when it is given: also one that stands in a path or a query string, where null is none."""
    words = words_for(kind, field.name)
    default = {each.name: each.default for each in attrs.fields(kind)}[field.name]
    if field.null is Null.ABSENT and isinstance(default, str | int):
        # In words: a client made from ``default`` would send it, and take the field for one that is always there.
        words += f" Without it: {plain(default)}."
    return {**field.check.schema, "description": words} if words else field.check.schema
