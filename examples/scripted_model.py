"""A model to plug in, here a script: ``booking-engine talk --model scripted_model:answer`` in this folder."""

import json
from typing import Any


def answer(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str | list[dict[str, Any]]:  # noqa: ARG001
    """What to say, or the tool calls to make; ``tools`` describes them, for a model that can read."""
    role, said = messages[-1]["role"], messages[-1]["content"]
    results = [json.loads(each["content"]) for each in messages if each["role"] == "tool"]
    if role == "system":
        return "Hello. When would you like to come?"
    if role == "tool":
        return f"{results[-1]['say']} {'Then tell me name and number.' if len(results) == 1 else 'Goodbye.'}"
    if not results:
        visit = {"service": "General Checkup", "branch": "Main Street"}
        return [{"name": "find_times", "arguments": {**visit, "when": said}}]
    name, phone = said.split(",")
    slot = results[0]["data"]["choices"][0]["slot"]
    return [{"name": "book", "arguments": {"slot": slot, "patient_name": name, "parent_phone": phone}}]
