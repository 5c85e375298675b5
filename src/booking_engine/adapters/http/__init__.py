"""The documents' API over ASGI (extra ``http``)."""
