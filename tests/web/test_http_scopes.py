"""Each route opens to keys with its scope and to no other."""

from __future__ import annotations

import itertools

import pytest

from booking_engine.wire import ENDPOINTS, Scope, to_json, transport_error
from booking_engine.wire.errors import TransportCode

from .clinic import Clinic, requests
from .raw import ask, with_key
from .site import Site

CHANGING = {
    "book",
    "update",
    "create_window",
    "update_window",
    "disable_window",
    "override_tracking",
}
SCOPE_SETS = [frozenset(chosen) for size in range(1, 5) for chosen in itertools.combinations(Scope, size)]
_numbers = itertools.count()


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_route_opens_to_its_scope_alone(stored_site: Site, name: str) -> None:
    clinic = Clinic(stored_site, f"scopes-{next(_numbers)}")
    request, scope = requests(clinic)[name], ENDPOINTS[name].scope
    before = clinic.state()

    for scopes in SCOPE_SETS:
        if scope not in scopes:
            refused = request.send(stored_site, stored_site.key(clinic.org_id, *scopes))
            assert refused.status == 403, scopes
            assert refused.body.decode() == to_json(transport_error(TransportCode.INSUFFICIENT_SCOPE).body)
    assert clinic.state() == before

    opened = request.send(stored_site, stored_site.key(clinic.org_id, scope))
    assert opened.status == request.status
    assert (clinic.state() != before) == (name in CHANGING)
    for scopes in SCOPE_SETS:
        if scope in scopes:
            assert request.send(stored_site, stored_site.key(clinic.org_id, *scopes)).status in (200, 201), scopes


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_route_asks_for_the_key_before_it_looks_at_anything_else(site: Site, name: str) -> None:
    clinic = Clinic(site, f"scopes-{next(_numbers)}")
    before, endpoint = clinic.state(), ENDPOINTS[name]
    path = endpoint.path.replace(f"{{{endpoint.path_parameter}}}", "nobody")
    key = site.key(clinic.org_id, *(scope for scope in Scope if scope is not endpoint.scope))

    stranger = ask(site.port, endpoint.method, f"{path}?x=1&x=2", {}, b"[")
    without = ask(site.port, endpoint.method, f"{path}?x=1&x=2", with_key(key), b"[")

    assert (stranger.status, stranger.code, stranger.headers["www-authenticate"]) == (401, "UNAUTHORIZED", "Bearer")
    assert (without.status, without.code) == (403, "INSUFFICIENT_SCOPE")
    assert clinic.state() == before


def test_there_is_a_request_for_every_endpoint(site: Site) -> None:
    assert list(requests(Clinic(site, f"scopes-{next(_numbers)}"))) == list(ENDPOINTS)
