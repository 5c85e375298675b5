"""The agent's tools over the Model Context Protocol (extra ``mcp``): of one organisation."""

from booking_engine.adapters.mcp.identity import CALL_HEADER, CALL_ID, LANG, TOOL_CALL_ID
from booking_engine.adapters.mcp.server import create_server

__all__ = ["CALL_HEADER", "CALL_ID", "LANG", "TOOL_CALL_ID", "create_server"]
