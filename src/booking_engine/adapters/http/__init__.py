"""The documents' API over ASGI (extra ``http``): ``create_app`` makes an application to serve or to mount."""

from booking_engine.adapters.http.app import create_app
from booking_engine.adapters.http.limiting import Rate
from booking_engine.adapters.http.principal import Authenticate, Principal, by_api_key

__all__ = ["Authenticate", "Principal", "Rate", "by_api_key", "create_app"]
