"""A projection writes a tool the way one framework wants it: plain dicts, so that none of them is needed here."""

from __future__ import annotations

from typing import Any

from booking_engine.adapters.agent.tool import Tool


def openai_chat(tool: Tool[Any]) -> dict[str, Any]:
    """An entry of ``tools`` in OpenAI's Chat Completions.

    Not strict: a strict schema has no optional parameters, and not all of these constraints.
    """
    return {"type": "function", "function": {**_described(tool), "strict": False}}


def openai_responses(tool: Tool[Any]) -> dict[str, Any]:
    """An entry of ``tools`` in OpenAI's Responses, which would make it strict if it were not said."""
    return {"type": "function", **_described(tool), "strict": False}


def anthropic(tool: Tool[Any]) -> dict[str, Any]:
    """An entry of ``tools`` in Anthropic's Messages."""
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}


def livekit(tool: Tool[Any]) -> dict[str, Any]:
    """What LiveKit Agents' ``function_tool`` takes as ``raw_schema``; its function is given ``raw_arguments``."""
    return {"type": "function", **_described(tool)}


def pipecat(tool: Tool[Any]) -> dict[str, Any]:
    """The keywords of Pipecat's ``FunctionSchema``."""
    schema = tool.parameters
    return {
        "name": tool.name,
        "description": tool.description,
        "properties": schema["properties"],
        "required": schema["required"],
    }


def mcp(tool: Tool[Any]) -> dict[str, Any]:
    """A tool of the Model Context Protocol, as ``tools/list`` shows it."""
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.parameters,
        "annotations": {
            "title": tool.title,
            "readOnlyHint": tool.read_only,
            "destructiveHint": tool.destructive,
            "idempotentHint": tool.idempotent,
            "openWorldHint": False,
        },
    }


def _described(tool: Tool[Any]) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
