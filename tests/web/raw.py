"""Requests and replies of HTTP/1.1 as the bytes that they are."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

_PATIENCE_SECONDS = 30
_NONE: Mapping[str, str] = {}


class Reply(NamedTuple):
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code."""
        code: str = self.json["error"]["code"]
        return code


def request(method: str, target: str, headers: Mapping[str, str] = _NONE, body: bytes | None = None) -> bytes:
    """The bytes of a request; the body's length is said unless ``headers`` say how long it is."""
    lines = {"Host": "clinic.example", **headers}
    names = {name.lower() for name in lines}
    if body is not None and not {"content-length", "transfer-encoding"} & names:
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b"")


def with_key(key: str, **headers: str) -> dict[str, str]:
    """The headers of somebody with a key; underscores stand for hyphens."""
    return {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}


def sent_json(key: str, body: object, **headers: str) -> dict[str, Any]:
    """The arguments of ``request`` that send a value."""
    return {
        "headers": with_key(key, Content_Type="application/json", **headers),
        "body": json.dumps(body).encode(),
    }


def exchanged(port: int, *chunks: bytes, awaited: int | None = None, hangs_up: bool = False) -> list[Reply]:
    """The replies that come back: so many as are awaited, or all until the server closes.

    ``hangs_up``: the server is told that nothing more will be sent, which it takes for a goodbye.
    """
    with socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS) as connection:
        try:
            for chunk in chunks:
                connection.sendall(chunk)
            if hangs_up:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has answered and closed already.
        replies: list[Reply] = []
        with connection.makefile("rb") as incoming:
            try:
                while len(replies) != awaited and (reply := _read(incoming)) is not None:
                    replies.append(reply)
            except ConnectionResetError:
                pass
        return replies


def ask(port: int, method: str, target: str, headers: Mapping[str, str] = _NONE, body: bytes | None = None) -> Reply:
    """The one reply to one request on a connection of its own."""
    (reply,) = exchanged(port, request(method, target, {**headers, "Connection": "close"}, body))
    return reply


def _read(incoming: BinaryIO) -> Reply | None:
    line = incoming.readline()
    if not line:
        return None
    status = int(line.split()[1])
    headers: dict[str, str] = {}
    while (line := incoming.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if status == 100:
        return Reply(status, headers, b"")
    length = int(headers["content-length"]) if "content-length" in headers else -1
    return Reply(status, headers, incoming.read(length))
