"""Components are what a document says once: schemas that have a name are put there, and pointed at where they stood."""

from __future__ import annotations

from typing import Any

from booking_engine.rules.fields import JsonSchema
from booking_engine.wire.schema import SCHEMAS, ref


class Components:
    """The schemas of a document under way, those of the answers among them from the beginning."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = dict(SCHEMAS)

    def named(self, schema: JsonSchema) -> dict[str, Any]:
        """The schema with every titled part of it made a component."""
        schema = {name: self._inside(name, each) for name, each in schema.items()}
        title = schema.pop("title", None)
        if title is None:
            return schema
        around: dict[str, Any] = {}
        if schema["type"] != "object" and "description" in schema:
            around["description"] = schema.pop("description")  # of the place, not of the thing
        if isinstance(schema["type"], list):
            self._keep(title, _without_null(schema))
            return {"anyOf": [ref(title), {"type": "null"}], **around}
        self._keep(title, schema)
        return {**ref(title), **around}

    def _inside(self, name: str, value: Any) -> Any:
        if name == "properties":
            return {field: self.named(schema) for field, schema in value.items()}
        return value

    def _keep(self, title: str, schema: dict[str, Any]) -> None:
        assert self.schemas.setdefault(title, schema) == schema, f"two schemas are called {title}"


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    (kind,) = [each for each in schema["type"] if each != "null"]
    plain = {**schema, "type": kind}
    if "enum" in plain:
        plain["enum"] = [value for value in plain["enum"] if value is not None]
    return plain
