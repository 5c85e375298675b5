"""Which resource a path leads to, and with which parameters; everything else goes on to the application around."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from booking_engine.adapters.http.routing import Routed
from booking_engine.wire import ENDPOINTS


class Noted:
    """An application that notes what it is given."""

    def __init__(self, name: str, arrived: list[tuple[str, Any]]) -> None:
        self._name, self._arrived = name, arrived

    async def __call__(self, scope: Scope, _: Receive, __: Send) -> None:
        self._arrived.append((self._name, scope.get("path_params")))


def arrived(path: str, **scope: Any) -> tuple[str, Any]:
    """Where a request arrives, over the paths of the table, and the parameters of its path."""
    found: list[tuple[str, Any]] = []
    resources = {endpoint.path: Noted(endpoint.path, found) for endpoint in ENDPOINTS.values()}
    app: Any = Routed(Noted("around", found), resources)
    asyncio.run(app({"type": "http", "path": path, **scope}, None, None))
    (only,) = found
    return only


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_path_of_the_table_leads_to_its_resource(name: str) -> None:
    path = ENDPOINTS[name].path
    parameter = ENDPOINTS[name].path_parameter
    filled = path.replace(f"{{{parameter}}}", "a ||ü.\n")

    assert arrived(filled) == (path, {} if parameter is None else {parameter: "a ||ü.\n"})


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "/v1",
            "/V1/services",
            "v1/services",
            "/x/v1/services",
            "/v1/services/",
            "/v1/services\n",
            "/healthz",
        ),
        *("/v1/appointments/", "/v1/appointments//history", "/v1/appointments/a/b", "/v1/appointments/a/history/b"),
    ],
)
def test_what_is_not_in_the_table_goes_on(path: str) -> None:
    assert arrived(path) == ("around", None)


def test_what_is_no_request_goes_on() -> None:
    assert arrived("/v1/services", type="lifespan") == ("around", None)


def test_under_the_path_at_which_it_is_mounted() -> None:
    mounted = {"root_path": "/of/acme", "path_params": {"tenant": "acme", "appointment_id": "other"}}

    assert arrived("/of/acme/v1/services", **mounted)[0] == "/v1/services"
    assert arrived("/of/acme/v1/appointments/a", **mounted) == (
        "/v1/appointments/{appointment_id}",
        {"tenant": "acme", "appointment_id": "a"},
    )
    assert arrived("/of/acm/v1/services", **mounted)[0] == "around"
