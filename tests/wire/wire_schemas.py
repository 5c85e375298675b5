"""Answers held against their schemas: every field is there, and none that the schema does not know."""

from __future__ import annotations

import functools
import json
from typing import Any

import jsonschema_rs

from booking_engine.wire import Answer
from booking_engine.wire.errors import STATUSES
from booking_engine.wire.reading import to_json
from booking_engine.wire.schema import ANSWER_OF, REFUSED, SCHEMAS, ref


def closed(schema: Any) -> Any:
    """The same schema without room for a field that it does not name."""
    if isinstance(schema, dict):
        shut = {"additionalProperties": False} if "properties" in schema else {}
        return {name: closed(each) for name, each in schema.items()} | shut
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


@functools.cache
def answer_validator(name: str) -> jsonschema_rs.Validator:
    schema = {**ref(name), "components": {"schemas": closed(dict(SCHEMAS))}}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def check_schema(endpoint: str, answer: Answer) -> None:
    """The body is what the endpoint is said to answer, its fields in that order; a refusal is one of those foretold."""
    body = json.loads(to_json(answer.body))
    refused = answer.status >= 400
    name = "ErrorAnswer" if refused else ANSWER_OF[endpoint]
    answer_validator(name).validate(body)
    if refused:
        assert body["error"]["code"] in REFUSED[endpoint], (endpoint, body["error"]["code"])
        assert STATUSES[body["error"]["code"]] == answer.status
