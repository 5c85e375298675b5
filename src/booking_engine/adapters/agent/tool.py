"""A tool is one thing that an agent can do, described so that a model can ask for it: the same for every framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.text import printable
from booking_engine.rules.fields import Check, JsonSchema

AnsweredT_co = TypeVar("AnsweredT_co", covariant=True)

UNKNOWN_NAMED_MAX = 20


@attrs.frozen
class Parameter:
    """One argument of a tool; its check carries its schema, so a bound is written once."""

    name: str
    check: Check
    description: str
    required: bool = False

    @property
    def schema(self) -> JsonSchema:
        """What may be sent, in JSON Schema (2020-12). An optional one may be null, as models like to send."""
        schema = {key: value for key, value in self.check.schema.items() if key != "title"}
        schema["description"] = self.description
        if not self.required:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        return schema


@attrs.frozen(kw_only=True)
class Description:
    """What a tool is, without what carries it out.

    ``read_only`` tools change nothing; ``idempotent`` ones change nothing more when they are asked the same again;
    ``destructive`` ones take away what stood.
    """

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    read_only: bool = False
    idempotent: bool = True
    destructive: bool = False

    def checked(self, arguments: Mapping[str, object]) -> dict[str, Any] | tuple[FieldProblem, ...]:
        """The arguments with clean values, those that are absent or null left out; or every problem they have."""
        names = {parameter.name for parameter in self.parameters}
        unknown = [name for name in arguments if name not in names]
        hint = f"known parameters: {', '.join(sorted(names))}" if names else "this tool has none"
        problems = [
            FieldProblem(printable(name), "is not a parameter of this tool", hint)
            for name in unknown[:UNKNOWN_NAMED_MAX]
        ]
        clean: dict[str, Any] = {}
        for parameter in self.parameters:
            value = arguments.get(parameter.name)
            if value is None:
                if parameter.required:
                    problems.append(FieldProblem(parameter.name, "is missing", "ask the caller, then send it"))
                continue
            checked = parameter.check(value)
            if isinstance(checked, FieldProblem):
                problems.append(checked.named(parameter.name))
            else:
                clean[parameter.name] = checked
        return tuple(problems) if problems else clean


@attrs.frozen(kw_only=True)
class Tool(Generic[AnsweredT_co]):
    """One tool of a toolset: called with its arguments and the ids of the call and of the tool call.

    ``AnsweredT_co`` is ``ToolResult``, or an awaitable of one for an event loop.
    """

    of: Description
    run: Callable[[str, object, str, str, str | None], AnsweredT_co] = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """The name by which it is called."""
        return self.of.name

    @property
    def title(self) -> str:
        """The name for people."""
        return self.of.title

    @property
    def description(self) -> str:
        """What it does and when to call it, for the model."""
        return self.of.description

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments as a JSON Schema (2020-12), with every constraint; a dict of its own each time."""
        parameters = self.of.parameters
        return {
            "type": "object",
            "properties": {each.name: dict(each.schema) for each in parameters},
            "required": [each.name for each in parameters if each.required],
            "additionalProperties": False,
        }

    @property
    def read_only(self) -> bool:
        """It changes nothing."""
        return self.of.read_only

    @property
    def idempotent(self) -> bool:
        """Asked the same again, it changes nothing more."""
        return self.of.idempotent

    @property
    def destructive(self) -> bool:
        """It takes away what stood."""
        return self.of.destructive

    def __call__(self, arguments: object, *, call_id: str, tool_call_id: str, lang: str | None = None) -> AnsweredT_co:
        """Carry the tool out: see ``Toolset.call``."""
        return self.run(self.name, arguments, call_id, tool_call_id, lang)
