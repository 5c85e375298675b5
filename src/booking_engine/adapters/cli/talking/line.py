"""A line is the phone line of a talk: it shows what each side says, and hears interruptions and when somebody hangs up.

The first Ctrl-C is the caller who talks into the answer; a second one before anything else was said hangs up, and so
does the end of the input.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from booking_engine.adapters.cli.differences import visible
from booking_engine.adapters.cli.talking.agent import Agent
from booking_engine.adapters.cli.terminal import Terminal

AGENT, CALLER, ASIDE = "agent   ", "caller  ", "        "
WORD_SECONDS = 0.08
"""On a terminal words are shown as they would be spoken, so that there is something to interrupt."""


class Line:
    """``heard`` is where the caller's sentences come from."""

    def __init__(self, terminal: Terminal, heard: TextIO, pause: Callable[[float], None] = time.sleep) -> None:
        self._terminal, self._heard, self._pause = terminal, heard, pause
        self._is_typed = heard.isatty()
        self._is_interrupted = False

    def aside(self, text: str) -> None:
        """What neither side says."""
        self._terminal.write(self._terminal.ink(f"{ASIDE}{visible(text)}", dim=True))

    def talk(self, agent: Agent) -> bool:
        """A whole call; whether it was the agent who ended it."""
        if not self._says(agent.greets()):
            return False
        while not agent.has_ended:
            text = self._next()
            if text is None:
                return False
            if text.strip() and not self._says(agent.hears(text.strip())):
                return False
        return True

    def _says(self, sentences: Iterator[str]) -> bool:
        """Say an answer; False if the caller hung up meanwhile."""
        try:
            for sentence in sentences:
                self._say(sentence)
        except KeyboardInterrupt:
            return self._goes_on_after_interruption()
        return True

    def _say(self, sentence: str) -> None:
        if not (self._is_typed and sys.stdout.isatty()):
            self._terminal.write(self._terminal.ink(AGENT, bold=True) + visible(sentence))
            return
        sys.stdout.write(self._terminal.ink(AGENT, bold=True))
        try:
            for word in visible(sentence).split(" "):
                sys.stdout.write(f"{word} ")
                sys.stdout.flush()
                self._pause(WORD_SECONDS)
        finally:
            self._terminal.write()

    def _next(self) -> str | None:
        """The caller's next sentence; None where they hang up."""
        while True:
            try:
                sys.stdout.write(self._terminal.ink(CALLER, bold=True) if self._is_typed else "")
                sys.stdout.flush()
                text = self._heard.readline()
            except KeyboardInterrupt:
                self._terminal.write()
                if not self._goes_on_after_interruption():
                    return None
                continue
            if not text:
                self._terminal.write() if self._is_typed else None
                return None
            self._is_interrupted = False
            if not self._is_typed and text.strip():
                self._terminal.write(self._terminal.ink(CALLER, bold=True) + visible(text.strip()))
            return text

    def _goes_on_after_interruption(self) -> bool:
        """Whether this is the first interruption since the caller said something."""
        if self._is_interrupted:
            return False
        self._is_interrupted = True
        self.aside("(You interrupt. Say something, or press Ctrl-C again to hang up.)")
        return True
