"""The parts that schemas of answers are made of."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from booking_engine.rules.fields import JsonSchema

_PLACE = "#/components/schemas/"


def ref(name: str) -> JsonSchema:
    """The schema of that name, among ``SCHEMAS``."""
    return {"$ref": _PLACE + name}


def or_null(schema: JsonSchema) -> JsonSchema:
    """What is sometimes not known."""
    return {**schema, "type": [schema["type"], "null"]}


def told(schema: JsonSchema, description: str) -> JsonSchema:
    """The schema with a word of explanation."""
    return {**schema, "description": description}


def enum_(*kinds: type[enum.StrEnum]) -> JsonSchema:
    """The values of enumerations."""
    return {"type": "string", "enum": list(dict.fromkeys(member.value for kind in kinds for member in kind))}


def list_(items: JsonSchema) -> JsonSchema:
    """Any number of them."""
    return {"type": "array", "items": items}


def object_(
    description: str, fields: Mapping[str, JsonSchema], optional: Mapping[str, JsonSchema] | None = None
) -> JsonSchema:
    """``fields`` are always there; those that are ``optional`` only where they say something."""
    properties = {**fields, **(optional or {})}
    return {"type": "object", "description": description, "properties": properties, "required": list(fields)}


TEXT: JsonSchema = {"type": "string"}
FLAG: JsonSchema = {"type": "boolean"}
TRUE: JsonSchema = {"type": "boolean", "const": True}
COUNT: JsonSchema = {"type": "integer", "minimum": 0}
NUMBER: JsonSchema = {"type": "integer", "minimum": 1}
INSTANT: JsonSchema = {"type": "string", "format": "date-time"}
DATE: JsonSchema = {"type": "string", "format": "date"}
