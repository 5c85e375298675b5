"""Listening is having a socket on an address, before anything is served on it."""

from __future__ import annotations

import socket


def bound(host: str, port: int) -> socket.socket:
    """A socket on that address; 0 finds a free port. Raises ``OSError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.set_inheritable(True)
    except OSError:
        listener.close()
        raise
    return listener
