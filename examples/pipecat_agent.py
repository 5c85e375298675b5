"""A voice agent on Pipecat that books: its tools are the toolset's, called once however often they are sent.

    pip install 'booking-engine[sql]' 'pipecat-ai[openai,runner,webrtc]~=1.14'
    booking-engine init --store sqlite:///clinic.db examples/clinic.toml
    BOOKING_STORE=sqlite:///clinic.db BOOKING_ORG=sunrise python examples/pipecat_agent.py

The services are OpenAI's, and take OPENAI_API_KEY; any other of Pipecat's do as well (https://docs.pipecat.ai).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from booking_engine import AsyncBookingEngine
from booking_engine.adapters.agent import AsyncToolset, Tool, ToolResult
from booking_engine.adapters.agent.projections import pipecat
from booking_engine.adapters.opening import open_async_database, phones_here
from booking_engine.adapters.sql import AsyncSqlAnswers, AsyncSqlStore, dispose

INSTRUCTIONS = (
    "You answer the phone of a clinic, in short sentences. Use the tools for everything that is said of times and "
    "bookings: say what their `say` says, and do what their `next_action` says."
)


def function_schemas(toolset: AsyncToolset, call_id: str) -> list[FunctionSchema]:
    """The tools of one call, each with what carries it out, as Pipecat takes them."""
    return [FunctionSchema(**pipecat(tool), handler=_called(tool, call_id)) for tool in toolset.tools]


def _called(tool: Tool[Awaitable[ToolResult]], call_id: str) -> Callable[[FunctionCallParams], Awaitable[None]]:
    async def run(params: FunctionCallParams) -> None:
        # Pipecat cancels what the caller interrupts. A booking that was made is found by the next tool call.
        result = await tool(dict(params.arguments), call_id=call_id, tool_call_id=params.tool_call_id)
        await params.result_callback(result.body)

    return run


def clinic_context(toolset: AsyncToolset, call_id: str) -> LLMContext:
    """The conversation of one call, before anything was said; a service that is given it knows its tools."""
    tools = ToolsSchema(standard_tools=function_schemas(toolset, call_id))
    return LLMContext(messages=[{"role": "system", "content": INSTRUCTIONS}], tools=tools)


async def bot(arguments: RunnerArguments) -> None:
    """One call, from its beginning to its end; Pipecat's runner calls it by this name."""
    database = open_async_database(os.environ["BOOKING_STORE"])
    org_id = os.environ["BOOKING_ORG"]
    engine = AsyncBookingEngine(AsyncSqlStore(database, org_id), phones=phones_here())
    toolset = AsyncToolset(engine, AsyncSqlAnswers(database, org_id))
    # The id of Pipecat's session is the call's.
    context = clinic_context(toolset, arguments.session_id or str(uuid.uuid4()))
    hearing = LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    aggregators = LLMContextAggregatorPair(context, user_params=hearing)
    key = os.environ["OPENAI_API_KEY"]
    transport = await create_transport(
        arguments, {"webrtc": lambda: TransportParams(audio_in_enabled=True, audio_out_enabled=True)}
    )
    pipeline = Pipeline(
        [
            transport.input(),
            OpenAISTTService(api_key=key),
            aggregators.user(),
            OpenAILLMService(api_key=key),
            OpenAITTSService(api_key=key),
            transport.output(),
            aggregators.assistant(),
        ]
    )
    worker = PipelineWorker(pipeline)

    async def greet(_transport: Any, _client: Any) -> None:
        await worker.queue_frames([LLMRunFrame()])

    async def hang_up(_transport: Any, _client: Any) -> None:
        await worker.cancel()

    transport.add_event_handler("on_client_connected", greet)
    transport.add_event_handler("on_client_disconnected", hang_up)
    runner = WorkerRunner(handle_sigint=arguments.handle_sigint)
    await runner.add_workers(worker)
    try:
        await runner.run()
    finally:
        await dispose(database)


if __name__ == "__main__":
    from pipecat.runner.run import main

    main()
