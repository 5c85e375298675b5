"""A model that is plugged in: a function that is given messages and tools, and answers in words or with tool calls."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from booking_engine.adapters.agent.projections import openai_chat
from booking_engine.adapters.cli.talking.tools import CallTools

Model: TypeAlias = Callable[
    [Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]], str | Sequence[Mapping[str, Any]]
]
"""Messages and tools are those of OpenAI's Chat Completions.

What comes back is what to say, or tool calls: mappings with ``name``, ``arguments`` (a mapping or JSON text) and, where
the model gives one, ``id``.
"""

ROUNDS_MAX = 10
"""So often a model may call tools before it says something."""
INSTRUCTIONS = (
    "You answer the phone of {name}. Speak the language with the code {lang}, in short sentences. Use the tools for "
    "everything that is said of times and bookings, say what their `say` says, and do what their `next_action` says."
)


class UnusableModel(ValueError):
    """Raised for a model that is not there, or whose answer is neither words nor tool calls."""


def find_model(path: str) -> Model:
    """The function that ``MODULE:FUNCTION`` names; modules of the working directory are found too."""
    module_name, _, name = path.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        model = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as fault:
        raise UnusableModel(f"--model {path}: {fault}; write MODULE:FUNCTION") from None
    if not callable(model):
        raise UnusableModel(f"--model {path}: is not a function")
    return cast(Model, model)


class ModelAgent:
    """See ``Agent``. What is interrupted stays in the messages as far as it came."""

    def __init__(self, model: Model, tools: CallTools, name: str, lang: str) -> None:
        self._model, self._tools = model, tools
        self._specs = [openai_chat(tool) for tool in tools.tools]
        self.messages: list[dict[str, Any]] = [
            {"role": "system", "content": INSTRUCTIONS.format(name=name, lang=lang)},
        ]
        self.has_ended = False

    def greets(self) -> Iterator[str]:
        """See ``Agent``; the model says what it likes, before anything is heard."""
        yield from self._answers()

    def hears(self, text: str) -> Iterator[str]:
        """See ``Agent``."""
        self.messages.append({"role": "user", "content": text})
        yield from self._answers()

    def _answers(self) -> Iterator[str]:
        for _ in range(ROUNDS_MAX):
            answer = self._model(self.messages, self._specs)
            if isinstance(answer, str):
                self.messages.append({"role": "assistant", "content": answer})
                yield answer
                return
            self._call(answer)
        raise UnusableModel(f"the model called tools {ROUNDS_MAX} times and said nothing")

    def _call(self, calls: object) -> None:
        if not isinstance(calls, Sequence) or not calls or not all(_is_call(each) for each in calls):
            raise UnusableModel("the model answered neither a text nor a list of calls with name and arguments")
        for number, each in enumerate(calls):
            call_id = str(each.get("id") or f"model-{len(self.messages)}-{number}")
            function = {"name": each["name"], "arguments": each["arguments"]}
            call = {"id": call_id, "type": "function", "function": function}
            self.messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            result = self._tools(each["name"], each["arguments"], tool_call_id=call_id)
            self.messages.append({"role": "tool", "tool_call_id": call_id, "content": result.text})


def _is_call(call: object) -> bool:
    return (
        isinstance(call, Mapping)
        and isinstance(call.get("name"), str)
        and isinstance(call.get("arguments"), str | Mapping)
    )
