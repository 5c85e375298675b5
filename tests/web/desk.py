"""A desk is where somebody stands who has a key to a clinic, and sends what nobody should send."""

from __future__ import annotations

import itertools

from .clinic import Clinic, requests
from .raw import Reply, ask, with_key
from .site import Site

BOOK = ("POST", "/v1/appointments")
WINDOWS = ("POST", "/v1/appointment-slots")
_numbers = itertools.count()


class Desk:
    """A clinic, somebody with a key to all of it, and how it was before."""

    def __init__(self, site: Site, name: str) -> None:
        self.clinic, self.port = Clinic(site, f"{name}-{next(_numbers)}"), site.port
        self.key = site.key(self.clinic.org_id)
        self.before = self.clinic.state()

    def is_as_before(self) -> bool:
        """Nothing was changed, and the server is there."""
        assert ask(self.port, "GET", "/v1/services", with_key(self.key)).status == 200
        return self.clinic.state() == self.before

    def booking(self, **fields: object) -> dict[str, object]:
        """A body that would be booked."""
        return {**(requests(self.clinic)["book"].body or {}), **fields}

    def window(self, **fields: object) -> dict[str, object]:
        """A body of which a window would be made."""
        return {**(requests(self.clinic)["create_window"].body or {}), **fields}

    def sends(self, method: str, target: str, body: bytes, **headers: str) -> Reply:
        """The reply to a body of JSON, or what calls itself that."""
        known = with_key(self.key, **{"Content_Type": "application/json", **headers})
        return ask(self.port, method, target, known, body)

    def asks(self, target: str) -> Reply:
        """The reply to a GET."""
        return ask(self.port, "GET", target, with_key(self.key))


def bad_fields(reply: Reply) -> list[str]:
    assert (reply.status, reply.code) == (400, "VALIDATION_ERROR"), reply.body
    return [field["field"] for field in reply.json["error"]["fields"]]
