"""The OpenAPI document (3.1), made from the table of endpoints, the shapes of asks and the schemas of answers."""

from booking_engine.adapters.http.openapi.document import openapi

__all__ = ["openapi"]
