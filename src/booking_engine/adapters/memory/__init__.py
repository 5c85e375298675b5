"""The memory store: one organisation in this process, for tests, demonstrations and single processes."""

from booking_engine.adapters.memory.answers import AsyncMemoryAnswers, MemoryAnswers
from booking_engine.adapters.memory.keys import AsyncMemoryKeys, MemoryKeys
from booking_engine.adapters.memory.store import AsyncMemoryStore, MemoryStore

__all__ = ["AsyncMemoryAnswers", "AsyncMemoryKeys", "AsyncMemoryStore", "MemoryAnswers", "MemoryKeys", "MemoryStore"]
