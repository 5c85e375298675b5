"""Every example of the documents over a socket, as each of their clients sends it: the answer is the documents' own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from golden_story import BRANCH, CHECKUP, EXCHANGES, FOLLOW_UP, DocumentIds, Exchange
from test_golden_documents import with_additions

from booking_engine import AddBranch, AddService, ConfigureOrganisation
from booking_engine.wire import ENDPOINTS, to_json

from .raw import Reply, exchanged, request
from .site import NOW, Site

_numbers = itertools.count()


# --- The clients of the documents, with the headers that each of them sends -------------------------------------------

Sent = tuple[Mapping[str, str], bytes | None]


def curl(key: str, body: object) -> Sent:
    headers = {"User-Agent": "curl/8.5.0", "Accept": "*/*", "Authorization": f"Bearer {key}"}
    if body is None:
        return headers, None  # and no Content-Length
    return {**headers, "Content-Type": "application/json"}, json.dumps(body, indent=0).encode()


def python_requests(key: str, body: object) -> Sent:
    headers = {
        "User-Agent": "python-requests/2.32.3",
        "Accept-Encoding": "gzip, deflate",
        "Accept": "*/*",
        "Connection": "keep-alive",
        "Authorization": f"Bearer {key}",
    }
    if body is None:
        return {**headers, "Content-Length": "0"}, None
    return {**headers, "Content-Type": "application/json"}, json.dumps(body).encode()


def javascript_fetch(key: str, body: object) -> Sent:
    headers = {
        "connection": "keep-alive",
        "Authorization": f"Bearer {key}",
        **({} if body is None else {"Content-Type": "application/json"}),
        "accept": "*/*",
        "accept-language": "*",
        "sec-fetch-mode": "cors",
        "user-agent": "node",
        "accept-encoding": "gzip, deflate",
    }
    if body is None:
        return {**headers, "content-length": "0"}, None
    return headers, json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def n8n(key: str, body: object) -> Sent:
    headers = {
        "accept": "application/json,text/html,application/xhtml+xml,application/xml,"
        "text/*;q=0.9, image/*;q=0.8, */*;q=0.7",
        "authorization": f"Bearer {key}",
        "user-agent": "axios/1.8.3",
        "accept-encoding": "gzip, compress, deflate, br",
        "connection": "close",
    }
    if body is None:
        return {**headers, "transfer-encoding": "chunked"}, b"0\r\n\r\n"
    # jsonBody stands in the workflow as a text, indented by one.
    return {**headers, "content-type": "application/json"}, json.dumps(body, indent=1).encode()


CLIENTS: tuple[Callable[[str, object], Sent], ...] = (curl, python_requests, javascript_fetch, n8n)


# --- The documents' organisation, served ------------------------------------------------------------------------------


class ServedStory:
    """A new organisation with what the documents have in theirs; the clock is moved to what their answers show."""

    def __init__(self, site: Site, **config: Any) -> None:
        self._site, self._now, org_id = site, NOW, f"documents-{next(_numbers)}"
        ids = DocumentIds()
        engine = site.organisation(org_id, clock=lambda: self._now, ids=ids)
        site.call(engine.configure(ConfigureOrganisation(name="Clinic", **{"timezone": "UTC", **config})))
        site.call(engine.add_branch(AddBranch(branch_id=BRANCH, name="Main")))
        site.call(engine.add_service(AddService(service_id=CHECKUP, name="General Checkup")))
        site.call(engine.add_service(AddService(service_id=FOLLOW_UP, name="Follow-up Visit")))
        ids.document_window_next()
        self._key = site.key(org_id)

    def play(self, exchange: Exchange, client: Callable[[str, object], Sent]) -> Reply:
        """Send the request of an example, on a connection of its own."""
        if "at" in exchange:
            self._now = datetime.fromisoformat(exchange["at"])
        endpoint = ENDPOINTS[exchange["endpoint"]]
        headers, body = client(self._key, exchange.get("body"))
        target = endpoint.path.format(**exchange.get("path", {}))
        (reply,) = exchanged(self._site.port, request(endpoint.method, target, headers, body), awaited=1)
        return reply


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
@pytest.mark.parametrize("exchange", EXCHANGES.values(), ids=EXCHANGES)
def test_example_of_the_documents(stored_site: Site, exchange: Exchange, client: Callable[[str, object], Sent]) -> None:
    story = ServedStory(stored_site, **exchange.get("organisation", {}))
    for name in exchange.get("after", ()):
        assert story.play(EXCHANGES[name], client).status < 300, name

    reply = story.play(exchange, client)

    assert reply.status == exchange["status"]
    assert reply.headers["content-type"] == "application/json"
    # Compared as text: two mappings are equal in any order, two texts are not.
    expected = to_json(with_additions(exchange["answer"], exchange.get("additions", {})))
    assert reply.body.decode() == expected
