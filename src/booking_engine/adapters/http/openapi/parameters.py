"""What a request is made of: parameters of path, query and headers, and the body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from booking_engine.adapters.http.openapi.components import Components
from booking_engine.adapters.http.openapi.examples import exchanges_of
from booking_engine.rules.fields import JsonSchema, text
from booking_engine.rules.shape_table import SHAPES
from booking_engine.wire import Endpoint
from booking_engine.wire.asking import Takes
from booking_engine.wire.headers import IDEMPOTENCY_KEY, IF_MATCH
from booking_engine.wire.schema import json_schema, value_schema

Json = dict[str, Any]

_MATCH = "An `ETag`, or several: the change is made only while the record still is what it was then. `*` for any."
_TAG = '(W/)?"[!#-~]*"'
_TAGS: JsonSchema = {"type": "string", "pattern": rf"^(\*|{_TAG}(, ?{_TAG})*)$"}
_KEY = "Becomes the `external_reference_id` of a body that has none."


def parameters(endpoint: Endpoint, components: Components) -> list[Json]:
    """Those of the path first, then of the query, then headers."""
    asking = endpoint.asking
    on_the_wire = {own: name for name, own in asking.names.items()}
    in_query = asking.takes is Takes.QUERY
    found: list[Json] = []
    for field in SHAPES[asking.kind].fields:
        name = on_the_wire.get(field.name, field.name)
        if name == endpoint.path_parameter:
            found.append(_parameter(name, "path", value_schema(asking.kind, field), components, required=True))
        elif in_query and field.in_body:
            schema = value_schema(asking.kind, field)
            found.append(_parameter(name, "query", schema, components, required=field.required))
    return [*found, *_headers(endpoint)]


def _headers(endpoint: Endpoint) -> Iterator[Json]:
    if endpoint.asking.versioned is not None:
        yield {"name": IF_MATCH, "in": "header", "description": _MATCH, "schema": _TAGS}
    if endpoint.asking.keyed is not None:
        yield {"name": IDEMPOTENCY_KEY, "in": "header", "description": _KEY, "schema": text.schema}


def _parameter(name: str, place: str, schema: JsonSchema, components: Components, *, required: bool) -> Json:
    bare = {key: value for key, value in schema.items() if key != "description"}
    return {
        "name": name,
        "in": place,
        **({"required": True} if required else {}),
        "description": schema.get("description", ""),
        "schema": components.named(bare),
    }


def request_body(endpoint: Endpoint, components: Components) -> Json | None:
    """The body, with the examples of the documents; None for an endpoint that takes none."""
    if endpoint.asking.takes is not Takes.BODY:
        return None
    examples = {
        _key(example["name"]): {"summary": _sentence(example["name"]), "value": example["body"]}
        for example in exchanges_of(endpoint.name)
        if "body" in example
    }
    content: Json = {"schema": components.named(json_schema(endpoint.asking.kind))}
    if examples:
        content["examples"] = examples
    return {"required": True, "content": {"application/json": content}}


def _key(name: str) -> str:
    return name.replace(" ", "-")


def _sentence(name: str) -> str:
    return name[0].upper() + name[1:]


def examples_of_answers(endpoint: Endpoint, status: int) -> Mapping[str, Json]:
    """The documents' answers with this status."""
    return {
        _key(example["name"]): {"summary": _sentence(example["name"]), "value": example["answer"]}
        for example in exchanges_of(endpoint.name)
        if example["status"] == status
    }
