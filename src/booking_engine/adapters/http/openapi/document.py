"""The document: every endpoint of the table as an operation, and beside them whether the server is there."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from booking_engine.adapters.http.openapi.components import Components
from booking_engine.adapters.http.openapi.operations import HEALTH, OPERATIONS, TAGS
from booking_engine.adapters.http.openapi.parameters import parameters, request_body
from booking_engine.adapters.http.openapi.responses import HEADERS, responses, shared, shared_responses
from booking_engine.wire import ENDPOINTS, Endpoint

Json = dict[str, Any]

_ABOUT = """\
Books appointments into weekly windows, and is right about it under retries and races.

* Say who you are with `Authorization: Bearer <key>`. A key belongs to one organisation; `x-required-scope` of an
  operation is the scope that it needs.
* A refusal is `{"success": false, "error": {...}}`. Go by `code` and `reason`; `message` is for developers.
  `transient` says whether the same request may succeed later.
* All bad fields of a request are named at once, unknown ones among them.
* Instants are ISO 8601 with `Z` or an offset; dates and times of day are those of the organisation's zone.
* After 503, or no answer, send the same request again; a booking with its `external_reference_id` is made once.
"""


def openapi(root: str = "") -> Json:
    """The OpenAPI document of the API as it is served under ``root``, the path at which it is mounted."""
    components = Components()
    paths: Json = {}
    for endpoint in ENDPOINTS.values():
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, components)
    paths |= {"/healthz": {"get": _health("alive", "Is the process there")}}
    paths |= {"/readyz": {"get": _health("ready", "Can requests be answered", **{"503": shared(503)})}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "booking-engine",
            "summary": "Appointments, windows and what is free.",
            "description": _ABOUT,
            "version": version("booking-engine"),
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root or "/"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {name: components.schemas[name] for name in sorted(components.schemas)},
            "responses": shared_responses(),
            "headers": HEADERS,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key."}},
        },
    }


def _operation(endpoint: Endpoint, components: Components) -> Json:
    told = OPERATIONS[endpoint.name]
    operation: Json = {
        "operationId": endpoint.name,
        "tags": [told.tag],
        "summary": told.summary,
        "description": f"{told.description}\n\nThe key needs the scope `{endpoint.scope}`.".strip(),
        "x-required-scope": endpoint.scope.value,
    }
    if found := parameters(endpoint, components):
        operation["parameters"] = found
    if body := request_body(endpoint, components):
        operation["requestBody"] = body
    return {**operation, "responses": responses(endpoint)}


def _health(name: str, summary: str, **more: Json) -> Json:
    schema = {"type": "object", "properties": {"status": {"type": "string", "const": "ok"}}, "required": ["status"]}
    answer = {"description": "Yes.", "content": {"application/json": {"schema": schema, "example": {"status": "ok"}}}}
    return {
        "operationId": name,
        "tags": [HEALTH],
        "summary": summary,
        "security": [],
        "responses": {"200": answer, **more},
    }
