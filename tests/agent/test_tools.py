"""The tools as models and frameworks see them: schemas that say what the checks say, and each framework's own form."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clinic import NOW, PERSON, PHONE, agent_in_memory, setup
from booking_engine import AsyncBookingEngine, BookingRejected
from booking_engine.adapters.agent import AsyncToolset, NextAction, Tool, ToolResult, projections
from booking_engine.adapters.agent.choices import SLOT_LENGTH, start_of
from booking_engine.adapters.agent.dates import TEXT_LENGTH_MAX
from booking_engine.adapters.agent.descriptions import BOOK, FIND_TIMES
from booking_engine.adapters.agent.result import Answer, AnswerCode
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.rejection import invalid
from booking_engine.domain.text import NAME_LENGTH_MAX, NOTES_LENGTH_MAX
from booking_engine.testing.clock import FixedClock

AGENT, ENGINE = agent_in_memory()
TOOLS: dict[str, Tool[Any]] = {tool.name: tool for tool in AGENT.toolset.tools}
NAMES = ["find_times", "hold_time", "book", "reschedule", "cancel", "look_up", "list_services"]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=30),
    st.text(alphabet="abcdefgh234567 ", min_size=SLOT_LENGTH, max_size=SLOT_LENGTH),
    st.sampled_from(["", "  ", "\u0000", "a\nb", "x" * (NAME_LENGTH_MAX + 1), "n" * (NOTES_LENGTH_MAX + 1), "Morning"]),
    st.sampled_from(["2026-06-11", "2026-06-31", "1999-01-01", "appt_x", PHONE, "Evening", "evening", [], {}]),
)


def test_the_tools_and_what_they_do_to_the_world() -> None:
    assert list(TOOLS) == NAMES
    assert [name for name, tool in TOOLS.items() if tool.read_only] == ["find_times", "look_up", "list_services"]
    assert [name for name, tool in TOOLS.items() if tool.destructive] == ["reschedule", "cancel"]
    assert all(tool.idempotent for tool in TOOLS.values())
    assert all(tool.title and tool.description for tool in TOOLS.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_says_every_bound(name: str) -> None:
    schema = TOOLS[name].parameters
    jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    assert schema["additionalProperties"] is False
    for parameter in schema["properties"].values():
        assert parameter["description"].endswith(".")
        assert "pattern" in parameter or "enum" in parameter
    json.dumps(schema)
    schema["properties"]["more"] = {}
    assert "more" not in TOOLS[name].parameters["properties"]


def test_some_bounds_by_hand() -> None:
    schema = TOOLS["book"].parameters
    assert schema["required"] == ["patient_name", "parent_phone"]
    assert schema["properties"]["patient_name"]["maxLength"] == NAME_LENGTH_MAX
    assert schema["properties"]["notes"]["maxLength"] == NOTES_LENGTH_MAX
    assert schema["properties"]["slot"]["type"] == ["string", "null"]
    assert schema["properties"]["slot"]["pattern"] == "^[a-z2-7]{13}$"
    assert TOOLS["find_times"].parameters["properties"]["part_of_day"]["enum"] == [
        "Morning",
        "Afternoon",
        "Evening",
        None,
    ]
    assert TOOLS["find_times"].parameters["properties"]["when"]["maxLength"] == TEXT_LENGTH_MAX


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_what_the_schema_takes_the_checks_take_and_what_they_refuse_it_refuses(name: str, data: st.DataObject) -> None:
    tool = TOOLS[name]
    known = [parameter.name for parameter in tool.of.parameters]
    arguments = data.draw(st.dictionaries(st.sampled_from([*known, "more"]), VALUES))
    valid = jsonschema_rs.is_valid(tool.parameters, arguments)
    checked = tool.of.checked(arguments)
    if valid and isinstance(checked, tuple):
        # A pattern cannot say that a day is in the calendar, nor that there is something to be seen in a text.
        told = {"is not a day of the calendar", "is empty"}
        assert {problem.problem for problem in checked} <= told or any(
            "control character" in problem.problem for problem in checked
        )
    if isinstance(checked, tuple):
        assert all(problem.field in (*known, "more") and problem.hint for problem in checked)


@pytest.mark.parametrize(
    ("tool", "arguments", "parameter", "problem"),
    [
        ("book", {**PERSON, "slot": "tomorrow at nine"}, "slot", "is not a slot"),
        ("book", {**PERSON, "colour": "red"}, "colour", "is not a parameter of this tool"),
        ("book", {**PERSON, "patient_name": ""}, "patient_name", "is empty"),
        ("book", {**PERSON, "patient_name": 7}, "patient_name", "is not text"),
        ("find_times", {"date": "tomorrow"}, "date", "is not a date"),
        ("find_times", {"part_of_day": "night"}, "part_of_day", "is not one of the known values"),
        ("find_times", {"when": "x" * 201}, "when", "has 201 characters"),
        ("list_services", {"x": 1}, "x", "is not a parameter of this tool"),
        ("cancel", {}, "appointment", "is missing"),
        ("hold_time", {"slot": None}, "slot", "is missing"),
        ("book", "{", "body", "is not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
        ("book", '["a"]', "arguments", "are not an object"),
        ("book", 5, "arguments", "are not an object"),
    ],
)
def test_wrong_arguments_are_told_to_the_model(tool: str, arguments: object, parameter: str, problem: str) -> None:
    wrong = AGENT(tool, arguments or {})
    assert (wrong.ok, wrong.code, wrong.next_action) == (False, "VALIDATION_ERROR", "fix_arguments")
    (told,) = wrong.data["problems"]
    assert (told["parameter"], told["problem"]) == (parameter, problem)
    assert told["hint"]
    assert wrong.say == "I did not get all of that. Could you say it once more?"


@pytest.mark.parametrize(
    ("given", "next_action", "say"),
    [
        ({}, NextAction.ASK_NAME, "What is the patient's name?"),
        ({"parent_phone": PHONE}, NextAction.ASK_NAME, "What is the patient's name?"),
        ({"patient_name": "Aadhi"}, NextAction.ASK_PHONE, "What is your phone number?"),
    ],
)
def test_what_only_the_caller_knows_is_asked_for(given: dict[str, str], next_action: NextAction, say: str) -> None:
    asked = AGENT("book", given or "")
    assert (asked.code, asked.next_action, asked.say) == ("VALIDATION_ERROR", next_action, say)


def test_an_unknown_tool_and_ids_that_are_none() -> None:
    unknown = AGENT("buy")
    assert (unknown.code, unknown.next_action) == ("UNKNOWN_TOOL", "fix_arguments")
    assert unknown.data["problems"][0]["hint"] == f"call one of: {', '.join(NAMES)}"
    wrong = AGENT.toolset.call("list_services", None, call_id="", tool_call_id="x" * 201)
    assert isinstance(wrong, ToolResult)
    assert [each["parameter"] for each in wrong.data["problems"]] == ["call_id", "tool_call_id"]
    many = AGENT("list_services", {f"x{number}": 1 for number in range(50)})
    assert len(many.data["problems"]) == 20


def test_no_arguments_are_none_and_an_empty_text_too() -> None:
    nothings: list[object] = [None, {}, "", b"", "{}", "null"]
    for number, nothing in enumerate(nothings):
        result = AGENT.toolset.call("list_services", nothing, call_id="call-8", tool_call_id=f"t{number}")
        assert isinstance(result, ToolResult)
        assert result.ok


def test_a_field_that_the_engine_refuses_is_told() -> None:
    agent, engine = agent_in_memory()
    problem = FieldProblem("parent_phone", "is odd", "send another")

    def odd(_: object) -> None:
        raise BookingRejected(invalid(problem))

    engine.book = odd  # type: ignore[assignment, method-assign]
    wrong = agent("book", slot=agent.slot(), **PERSON)
    assert (wrong.code, wrong.next_action) == ("VALIDATION_ERROR", "fix_arguments")
    assert wrong.data["problems"] == [{"parameter": "parent_phone", "problem": "is odd", "hint": "send another"}]


def test_a_tool_can_be_called_itself() -> None:
    listed = TOOLS["list_services"]({}, call_id="call-9", tool_call_id="1")
    assert isinstance(listed, ToolResult)
    assert listed.ok
    hindi = TOOLS["list_services"]({}, call_id="call-9", tool_call_id="2", lang="hi-IN")
    assert hindi.say == "हमारे यहाँ Checkup की सेवा है। आपको किस लिए आना है?"


def test_a_tool_of_an_event_loop_is_awaited() -> None:
    async def listed() -> ToolResult:
        engine = AsyncBookingEngine(AsyncMemoryStore(), clock=FixedClock(NOW))
        for command in setup():
            await engine.execute(command)
        toolset = AsyncToolset(engine, AsyncMemoryAnswers(), lang="hi")
        (tool,) = [tool for tool in toolset.tools if tool.name == "list_services"]
        return await tool({}, call_id="call-9", tool_call_id="1")

    assert asyncio.run(listed()).say == "हमारे यहाँ Checkup की सेवा है। आपको किस लिए आना है?"


# --- Projections ----------------------------------------------------------------------------------------------------


def test_openai_chat_completions() -> None:
    # https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
    tool = TOOLS["cancel"]
    assert projections.openai_chat(tool) == {
        "type": "function",
        "function": {
            "name": "cancel",
            "description": tool.description,
            "parameters": tool.parameters,
            "strict": False,
        },
    }


def test_openai_responses() -> None:
    # https://platform.openai.com/docs/api-reference/responses/create#responses-create-tools
    tool = TOOLS["cancel"]
    assert projections.openai_responses(tool) == {
        "type": "function",
        "name": "cancel",
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": False,
    }


def test_anthropic_messages() -> None:
    # https://docs.anthropic.com/en/api/messages#body-tools
    tool = TOOLS["cancel"]
    assert projections.anthropic(tool) == {
        "name": "cancel",
        "description": tool.description,
        "input_schema": tool.parameters,
    }


def test_livekit_agents() -> None:
    # ``function_tool(handler, raw_schema=...)`` wants a name and parameters (RawFunctionDescription):
    # https://github.com/livekit/agents/blob/main/livekit-agents/livekit/agents/llm/tool_context.py
    tool = TOOLS["cancel"]
    assert projections.livekit(tool) == {
        "type": "function",
        "name": "cancel",
        "description": tool.description,
        "parameters": tool.parameters,
    }


def test_pipecat() -> None:
    # ``FunctionSchema(name, description, properties, required)``:
    # https://github.com/pipecat-ai/pipecat/blob/main/src/pipecat/adapters/schemas/function_schema.py
    tool = TOOLS["cancel"]
    assert projections.pipecat(tool) == {
        "name": "cancel",
        "description": tool.description,
        "properties": tool.parameters["properties"],
        "required": ["appointment"],
    }


def test_model_context_protocol() -> None:
    # https://modelcontextprotocol.io/specification/2025-11-25/schema#tool
    tool = TOOLS["cancel"]
    assert projections.mcp(tool) == {
        "name": "cancel",
        "title": "Cancel an appointment",
        "description": tool.description,
        "inputSchema": tool.parameters,
        "annotations": {
            "title": "Cancel an appointment",
            "readOnlyHint": False,
            "destructiveHint": True,
            "idempotentHint": True,
            "openWorldHint": False,
        },
    }


@pytest.mark.parametrize(
    "project",
    [
        projections.openai_chat,
        projections.openai_responses,
        projections.anthropic,
        projections.livekit,
        projections.pipecat,
        projections.mcp,
    ],
)
def test_every_projection_is_plain_json(project: Any) -> None:
    for tool in TOOLS.values():
        assert json.loads(json.dumps(project(tool))) == project(tool)


# --- Results --------------------------------------------------------------------------------------------------------


def test_a_result_is_json_that_says_what_its_fields_say() -> None:
    found = AGENT("find_times", when="tomorrow")
    assert found.body == json.loads(found.text)
    assert found.body["next_action"] == found.next_action == "offer_times"
    assert "reason" not in found.body
    asked = AGENT("find_times", when="yesterday")
    assert asked.body["reason"] == asked.reason == "PAST"
    assert ToolResult.read(asked.text) == asked


def test_nothing_personal_is_in_a_repr() -> None:
    agent, _ = agent_in_memory()
    booked = agent("book", slot=agent.slot(), **PERSON)
    assert "Aadhi" in booked.text
    assert "Aadhi" not in repr(booked)
    answer = Answer(code=AnswerCode.BOOKED, next_action=NextAction.DONE, say="Aadhi", data={"name": "Aadhi"})
    assert "Aadhi" not in repr(answer)
    assert all(PHONE not in repr(tool) for tool in agent.toolset.tools)


def test_no_field_name_and_no_id_is_said() -> None:
    agent, _ = agent_in_memory(services=("Checkup",))
    booked = agent("book", slot=agent.slot(), **PERSON)
    said = [booked.say, agent("look_up", parent_phone=PHONE).say, agent("cancel", appointment="appt_x").say]
    said += [agent("hold_time", slot="a" * 13).say, agent("book", {}).say]
    for sentence in said:
        assert "_" not in sentence
        assert "slot" not in sentence
        assert booked.data["appointment"]["appointment"] not in sentence


def test_slots_that_are_no_tokens() -> None:
    for text in ("", "a" * 12, "a" * 14, "A" * 13, "1" * 13, "é" * 13, "7" * 13):
        assert start_of(text) is None
    assert isinstance(FIND_TIMES.checked({"date": 5}), tuple)
    assert BOOK.checked({**PERSON, "slot": " " + "A" * 13}) == {**PERSON, "slot": "a" * 13}
    assert isinstance(BOOK.parameters[0].check("x"), FieldProblem)
