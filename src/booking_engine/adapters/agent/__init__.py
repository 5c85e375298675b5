"""What a voice agent needs in a call: the day that is meant, sentences to say, tools that are safe to call twice."""

from booking_engine.adapters.agent.result import AnswerCode, NextAction, ToolResult
from booking_engine.adapters.agent.tool import Tool
from booking_engine.adapters.agent.toolset import AsyncToolset, Toolset

__all__ = ["AnswerCode", "AsyncToolset", "NextAction", "Tool", "ToolResult", "Toolset"]
