"""The OpenAPI document: whole, true to the table of endpoints, with examples that are valid by its own schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest

from booking_engine import AppointmentsQuery, BookAppointment
from booking_engine.adapters.http.openapi import openapi, parameters
from booking_engine.adapters.http.openapi.components import Components
from booking_engine.adapters.http.openapi.examples import exchanges_of
from booking_engine.adapters.http.openapi.operations import OPERATIONS
from booking_engine.domain.problem import FieldProblem
from booking_engine.rules.fields import whole_number
from booking_engine.rules.shape_table import SHAPES
from booking_engine.wire import ENDPOINTS
from booking_engine.wire.errors import STATUSES, TRANSPORT_ERRORS
from booking_engine.wire.headers import etag, wanted_versions

DOCUMENT = openapi()
OPERATION: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()
}


def looked_up(value: dict[str, Any], document: Mapping[str, Any] = DOCUMENT) -> Any:
    """What a reference points at; the value itself when it is none."""
    if "$ref" not in value:
        return value
    start, *path = value["$ref"].split("/")
    assert start == "#"
    found: Any = document
    for name in path:
        found = found[name]
    return found


def everywhere(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from everywhere(each)
    elif isinstance(value, list):
        for each in value:
            yield from everywhere(each)


def valid(schema: Mapping[str, Any], value: object) -> bool:
    whole = {**schema, "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid(value)


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body, of requests and of responses, under the name of its operation."""
    for name, operation in OPERATION.items():
        if "requestBody" in operation:
            yield name, operation["requestBody"]["content"]["application/json"]
        for response in operation["responses"].values():
            yield name, looked_up(response)["content"]["application/json"]


# --- As a whole -----------------------------------------------------------------------------------------------------


def test_it_is_plain_json() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert openapi() == DOCUMENT
    assert DOCUMENT["openapi"] == "3.1.0"


def test_every_reference_points_at_something_and_every_component_is_pointed_at() -> None:
    references = {each["$ref"] for each in everywhere(DOCUMENT) if isinstance(each.get("$ref"), str)}
    for reference in references:
        assert looked_up({"$ref": reference})
    components = DOCUMENT["components"]
    kept = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses", "headers") for name in components[kind]}
    assert kept - references == set()


def test_every_schema_is_a_valid_one() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema_rs.meta.validate(schema)
        assert "title" not in schema, name
    for operation in OPERATION.values():
        for parameter in operation.get("parameters", ()):
            jsonschema_rs.meta.validate(parameter["schema"])


def test_where_it_is_served() -> None:
    assert DOCUMENT["servers"] == [{"url": "/"}]
    assert openapi("/booking")["servers"] == [{"url": "/booking"}]


def test_a_key_is_needed_but_to_ask_for_health() -> None:
    assert DOCUMENT["security"] == [{"key": []}]
    assert DOCUMENT["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert {name for name, operation in OPERATION.items() if operation.get("security") == []} == {"alive", "ready"}
    assert [*OPERATION["alive"]["responses"]] == ["200"]
    assert [*OPERATION["ready"]["responses"]] == ["200", "503"]


# --- Operations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_is_an_operation(name: str) -> None:
    endpoint, operation = ENDPOINTS[name], OPERATION[name]

    assert DOCUMENT["paths"][endpoint.path][endpoint.method.lower()] is operation
    assert operation["x-required-scope"] == endpoint.scope
    assert f"`{endpoint.scope}`" in operation["description"]
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    assert operation["summary"] == OPERATIONS[name].summary


def test_there_is_nothing_else() -> None:
    assert OPERATION.keys() == ENDPOINTS.keys() | {"alive", "ready"}
    assert OPERATIONS.keys() == ENDPOINTS.keys()


KNOWN: dict[str, int] = {
    **{code.value: status for code, status in STATUSES.items()},
    **{code.value: error.status for code, error in TRANSPORT_ERRORS.items()},
}


def parameters_of(name: str) -> dict[str, tuple[str, bool]]:
    return {each["name"]: (each["in"], each.get("required", False)) for each in OPERATION[name].get("parameters", ())}


def test_parameters() -> None:
    assert parameters_of("config") == {}
    assert parameters_of("appointment") == {"appointment_id": ("path", True)}
    assert parameters_of("history") == {"appointment_id": ("path", True)}
    assert parameters_of("disable_window") == {"slot_id": ("path", True), "If-Match": ("header", False)}
    assert parameters_of("book") == {"Idempotency-Key": ("header", False)}
    assert parameters_of("availability") == {
        "date": ("query", True),
        **dict.fromkeys(("until", "branch_id", "session", "appointment_type"), ("query", False)),
    }
    assert set(parameters_of("tracking")) == {"date", "from", "to", "branch_id", "session", "appointment_type"}
    assert set(parameters_of("appointments")) >= {"page", "limit", "phone", "external_reference_id"}


def test_a_parameter_is_never_null_and_has_its_bounds() -> None:
    limit = next(each for each in OPERATION["appointments"]["parameters"] if each["name"] == "limit")

    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 200}
    assert limit["description"] == "How many appointments a page holds. Without it: 50."
    for operation in OPERATION.values():
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], parameter["name"]
            assert not valid(parameter["schema"], None)


def test_bodies_are_what_is_asked_for() -> None:
    bodies = {
        name: operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for name, operation in OPERATION.items()
        if "requestBody" in operation
    }
    assert bodies == {
        "book": "BookAppointment",
        "update": "UpdateAppointment",
        "create_window": "CreateWindow",
        "update_window": "UpdateWindow",
        "override_tracking": "OverrideTracking",
    }
    fields = DOCUMENT["components"]["schemas"]["BookAppointment"]["properties"]
    assert list(fields) == [field.name for field in SHAPES[BookAppointment].fields if field.in_body]
    assert fields["session"] == {
        "anyOf": [{"$ref": "#/components/schemas/Session"}, {"type": "null"}],
        "description": "The part of the day.",
    }


def test_a_new_field_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = SHAPES[AppointmentsQuery]
    longer = shape._replace(fields=(*shape.fields, shape.fields[0]._replace(name="limit", check=whole_number(7, 9))))
    monkeypatch.setattr(parameters, "SHAPES", {**SHAPES, AppointmentsQuery: longer})

    changed = openapi()["paths"]["/v1/appointments"]["get"]["parameters"]

    assert changed[:-1] == OPERATION["appointments"]["parameters"]
    assert changed[-1]["schema"] == {"type": "integer", "minimum": 7, "maximum": 9}


def test_headers_of_versions_and_keys() -> None:
    """An edit may name the version that it was made for; who shows one record says which version it is."""
    asked, said = (
        {
            name
            for name, operation in OPERATION.items()
            if (
                header in parameters_of(name)
                or header in next(iter(operation["responses"].values())).get("headers", ())
            )
        }
        for header in ("If-Match", "ETag")
    )

    assert asked == {"update", "update_window", "disable_window"}
    assert said == {"book", "appointment", "create_window", *asked}
    assert {name for name in OPERATION if "Idempotency-Key" in parameters_of(name)} == {"book"}
    assert {name for name in ENDPOINTS if "412" in OPERATION[name]["responses"]} == asked


def test_what_if_match_may_say() -> None:
    """Nothing is invited that is refused, and our own tags are invited."""
    (schema,) = {json.dumps(each["schema"]) for each in everywhere(DOCUMENT) if each.get("name") == "If-Match"}
    tag = etag("appt_1", 12)
    invited = ["*", tag, f"W/{tag}", f'{tag}, "x"', f'W/"a,b",{tag}', '""']
    for text in invited:
        assert valid(json.loads(schema), text), text
        assert not isinstance(wanted_versions(text, "appt_1"), FieldProblem), text
    for text in ["", "x", "12", tag[:-1], "w/" + tag, "* , *", f"{tag} {tag}", f"{tag}, *", f"*, {tag}"]:
        assert not valid(json.loads(schema), text), text
        assert isinstance(wanted_versions(text, "appt_1"), FieldProblem), text
    assert valid(DOCUMENT["components"]["headers"]["ETag"]["schema"], tag)
    assert not valid(DOCUMENT["components"]["headers"]["ETag"]["schema"], "12")


# --- Answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_refusal_of_an_endpoint(name: str) -> None:
    for status, reference in OPERATION[name]["responses"].items():
        response = looked_up(reference)
        assert "X-Request-ID" in response["headers"]
        if int(status) < 400:
            continue
        examples = response["content"]["application/json"]["examples"]
        assert response["description"] == " or ".join(f"`{code}`" for code in examples) + "."
        for code, example in examples.items():
            assert example["value"]["error"]["code"] == code
            assert KNOWN[code] == int(status)


def test_statuses() -> None:
    always = ["401", "403", "413", "415", "429", "500", "503"]

    assert [*OPERATION["config"]["responses"]] == ["200", "400", *always]
    assert set(OPERATION["book"]["responses"]) == {"201", "200", "400", "409", "422", *always}
    assert set(OPERATION["update"]["responses"]) >= {"200", "400", "404", "409", "422", *always}
    assert [*OPERATION["create_window"]["responses"]] == ["201", "400", *always]


def test_headers_of_refusals() -> None:
    responses = DOCUMENT["components"]["responses"]

    assert {name for name, each in responses.items() if "Retry-After" in each["headers"]} == {
        "TooManyRequests",
        "ServiceUnavailable",
    }
    assert "WWW-Authenticate" in responses["Unauthorized"]["headers"]


@pytest.mark.parametrize(
    ("name", "content"), list(contents()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_example_is_valid(name: str, content: dict[str, Any]) -> None:
    examples = [example["value"] for example in content.get("examples", {}).values()]
    examples += [content["example"]] if "example" in content else []

    assert examples, name
    for example in examples:
        assert valid(content["schema"], example)
        assert not valid(content["schema"], {})


def test_every_example_of_the_documents_is_there() -> None:
    shown = {
        name: {key for _, content in contents() if _ == name for key in content.get("examples", ())}
        for name in ENDPOINTS
    }
    for name in ENDPOINTS:
        assert {example["name"].replace(" ", "-") for example in exchanges_of(name)} <= shown[name]
    assert {"create-an-appointment", "retry-with-a-reference"} <= shown["book"]


def test_links_lead_somewhere() -> None:
    found = []
    for name, operation in OPERATION.items():
        for status, response in operation["responses"].items():
            for link in looked_up(response).get("links", {}).values():
                ((parameter, expression),) = link["parameters"].items()
                assert parameter in parameters_of(link["operationId"])
                value: Any = next(each["answer"] for each in exchanges_of(name) if each["status"] == int(status))
                for step in expression.removeprefix("$response.body#/").split("/"):
                    value = value[int(step) if isinstance(value, list) else step]
                assert isinstance(value, str)
                found.append((name, status, link["operationId"]))
    assert {
        ("book", "201", "appointment"),
        ("book", "200", "history"),
        ("create_window", "201", "disable_window"),
    } < set(found)


# --- Components -----------------------------------------------------------------------------------------------------


def test_two_schemas_of_one_name_are_a_mistake() -> None:
    components = Components()
    components.named({"title": "Size", "type": "string", "enum": ["s"]})

    with pytest.raises(AssertionError, match="two schemas are called Size"):
        components.named({"title": "Size", "type": "string", "enum": ["s", "m"]})
