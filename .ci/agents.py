"""The examples for LiveKit Agents and Pipecat, with the real packages: each registers its tools, and books once.

    python .ci/agents.py

Both frameworks run whole, without a network: only the model is a script, which finds a time, books it, and sends the
same booking again under the same id.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))

import livekit_agent
import pipecat_agent
from livekit.agents import AgentSession, llm
from loguru import logger
from pipecat.frames.frames import EndFrame, LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.llm_service import FunctionCallFromLLM
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.workers.runner import WorkerRunner

from booking_engine import AsyncBookingEngine
from booking_engine.adapters.agent import AsyncToolset
from booking_engine.adapters.memory import AsyncMemoryAnswers, AsyncMemoryStore
from booking_engine.clinic import Clinic, example_clinic, read_clinic

NOW = datetime(2026, 6, 10, 8, tzinfo=UTC)
FIND = {"service": "General Checkup", "branch": "Main Street", "when": "tomorrow at ten in the morning"}
PERSON = {"patient_name": "Asha Rao", "parent_phone": "98400 12345"}
TOOLS = ["find_times", "hold_time", "book", "reschedule", "cancel", "look_up", "list_services"]

Call = tuple[str, str, dict[str, Any]]
"""The id, the tool and the arguments."""


class Script:
    """What the model does, one step an answer: tool calls, and then nothing."""

    def __init__(self) -> None:
        self.answers: list[str] = []

    def next(self, outputs: Sequence[str]) -> Call | None:
        """The next tool call after these answers, the last of which is the newest."""
        self.answers = list(outputs)
        if not outputs:
            return "call-find", "find_times", FIND
        if len(outputs) > 2:
            return None
        slot = json.loads(outputs[0])["data"]["choices"][0]["slot"]
        return "call-book", "book", {"slot": slot, **PERSON}

    def check(self) -> None:
        """Both bookings were answered, in the same words."""
        _, booked, again = self.answers
        assert json.loads(booked)["code"] == "BOOKED", booked
        assert json.loads(again) == json.loads(booked), again


@asynccontextmanager
async def clinic(call_id: str) -> AsyncIterator[AsyncToolset]:
    """The example clinic in memory; afterwards one booking must stand in it, made under the framework's own ids."""
    setup = read_clinic(example_clinic(), lambda: str(uuid.uuid4()))
    assert isinstance(setup, Clinic)
    engine = AsyncBookingEngine(AsyncMemoryStore(), clock=lambda: NOW)
    for command in setup.commands:
        await engine.execute(command)
    answers = AsyncMemoryAnswers()
    yield AsyncToolset(engine, answers)
    names = [each.patient_name for each in (await engine.appointments()).items]
    assert names == [PERSON["patient_name"]], names
    ids = {each.call.tool_call_id for each in await answers.of_call(call_id)}
    assert ids == {"call-find", "call-book"}, ids


# --- LiveKit --------------------------------------------------------------------------------------------------------


class ScriptedLiveKit(llm.LLM):
    """A model of LiveKit's that follows the script."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script
        self.seen: list[str] = []

    def chat(self, *, chat_ctx: Any, tools: Any = None, conn_options: Any = None, **_: Any) -> Any:
        """What LiveKit asks a model."""
        self.seen = [each.info.name for each in tools or ()]
        return ScriptedStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class ScriptedStream(llm.LLMStream):
    """One answer."""

    async def _run(self) -> None:
        outputs = [each.output for each in self._chat_ctx.items if each.type == "function_call_output"]
        call = self._llm.script.next(outputs)
        delta = llm.ChoiceDelta(role="assistant", content="Goodbye.")
        if call is not None:
            call_id, name, arguments = call
            asked = llm.FunctionToolCall(name=name, arguments=json.dumps(arguments), call_id=call_id)
            delta = llm.ChoiceDelta(role="assistant", tool_calls=[asked])
        self._event_ch.send_nowait(llm.ChatChunk(id=str(uuid.uuid4()), delta=delta))


async def check_livekit() -> None:
    """A session without a room, as LiveKit's own tests run them."""
    async with clinic("room-1") as toolset:
        script = Script()
        model = ScriptedLiveKit(script)
        async with AgentSession(llm=model) as session:
            await session.start(livekit_agent.clinic_agent(toolset, "room-1"))
            await session.run(user_input="I need a checkup")
        assert model.seen == TOOLS, model.seen
        script.check()


# --- Pipecat --------------------------------------------------------------------------------------------------------


class ScriptedPipecat(OpenAILLMService):
    """A model service of Pipecat's that follows the script."""

    def __init__(self, script: Script, done: Callable[[], Awaitable[None]]) -> None:
        super().__init__(api_key="none")
        self.script, self.done = script, done
        self.seen: list[str] = []

    async def _process_context(self, context: LLMContext) -> None:
        adapter = self.get_llm_adapter()
        specs = adapter.from_standard_tools(context.tools)
        self.seen = [each["function"]["name"] for each in specs]
        outputs = [each["content"] for each in context.get_messages() if each.get("role") == "tool"]
        call = self.script.next(outputs)
        if call is None:
            await self.done()
            return
        call_id, name, arguments = call
        asked = FunctionCallFromLLM(function_name=name, tool_call_id=call_id, arguments=arguments, context=context)
        await self.run_function_calls([asked])


async def check_pipecat() -> None:
    """A pipeline without a transport: the context, the model, and the tools that it registers by itself."""
    async with clinic("session-1") as toolset:
        script = Script()
        aggregators = LLMContextAggregatorPair(pipecat_agent.clinic_context(toolset, "session-1"))

        async def done() -> None:
            await worker.queue_frames([EndFrame()])

        model = ScriptedPipecat(script, done)
        worker = PipelineWorker(Pipeline([aggregators.user(), model, aggregators.assistant()]))
        await worker.queue_frames([LLMRunFrame()])
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()
        assert model.seen == TOOLS, model.seen
        script.check()


async def main() -> None:
    """Both, each within a minute."""
    logger.remove()  # Pipecat tells of every frame.
    logger.add(sys.stderr, level="WARNING")
    for package, check in (("livekit-agents", check_livekit), ("pipecat-ai", check_pipecat)):
        await asyncio.wait_for(check(), timeout=60)
        print(f"{package} {importlib.metadata.version(package)}: {len(TOOLS)} tools registered, one booking stands")


if __name__ == "__main__":
    asyncio.run(main())
