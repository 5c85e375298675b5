"""A voice agent on LiveKit Agents that books: its tools are the toolset's, called once however often they are sent.

    pip install 'booking-engine[sql]' 'livekit-agents~=1.8'
    booking-engine init --store sqlite:///clinic.db examples/clinic.toml
    BOOKING_STORE=sqlite:///clinic.db BOOKING_ORG=sunrise python examples/livekit_agent.py console

The models are named in ``session``; LiveKit asks for its own keys (https://docs.livekit.io).
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, RunContext, cli, function_tool

from booking_engine import AsyncBookingEngine
from booking_engine.adapters.agent import AsyncToolset, Tool, ToolResult
from booking_engine.adapters.agent.projections import livekit
from booking_engine.adapters.opening import open_async_database, phones_here
from booking_engine.adapters.sql import AsyncSqlAnswers, AsyncSqlStore, dispose

INSTRUCTIONS = (
    "You answer the phone of a clinic, in short sentences. Use the tools for everything that is said of times and "
    "bookings: say what their `say` says, and do what their `next_action` says."
)


def function_tools(toolset: AsyncToolset, call_id: str) -> list[Any]:
    """The tools of one call, as LiveKit takes them."""
    return [function_tool(_called(tool, call_id), raw_schema=livekit(tool)) for tool in toolset.tools]


def _called(tool: Tool[Awaitable[ToolResult]], call_id: str) -> Callable[..., Awaitable[str]]:
    async def run(context: RunContext[Any], raw_arguments: dict[str, object]) -> str:
        # LiveKit's id of the tool call: when it is sent again, it is answered as it was.
        tool_call_id = context.function_call.call_id
        return (await tool(raw_arguments, call_id=call_id, tool_call_id=tool_call_id)).text

    return run


def clinic_agent(toolset: AsyncToolset, call_id: str) -> Agent:
    """The agent of one call."""
    return Agent(instructions=INSTRUCTIONS, tools=function_tools(toolset, call_id))


async def answer(context: JobContext) -> None:
    """One call, from its beginning to its end."""
    database = open_async_database(os.environ["BOOKING_STORE"])
    org_id = os.environ["BOOKING_ORG"]
    engine = AsyncBookingEngine(AsyncSqlStore(database, org_id), phones=phones_here())
    toolset = AsyncToolset(engine, AsyncSqlAnswers(database, org_id))

    async def close() -> None:
        await dispose(database)

    context.add_shutdown_callback(close)
    session: AgentSession[Any] = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    # The id of the room's session is the call's: a job that is started anew goes on with the same call.
    await session.start(agent=clinic_agent(toolset, context.job.room.sid or context.job.id), room=context.room)
    await session.generate_reply(instructions="Greet the caller and ask what you can do for them.")


server = AgentServer()
server.rtc_session(answer)

if __name__ == "__main__":
    cli.run_app(server)
