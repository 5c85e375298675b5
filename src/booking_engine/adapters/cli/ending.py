"""An ending is how a command leaves: with its exit code, and without noise when its reader or its user is gone."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Never, ParamSpec

from booking_engine.adapters.opening import CannotOpen
from booking_engine.errors import StoreError

DIFFERENT = 1
"""What was looked for was found: the ledger is not what it should be."""
UNUSABLE = 2
"""The files, options or store that were given cannot be used."""
INTERRUPTED = 130
"""What shells expect of a process that Ctrl-C ended: 128 + SIGINT."""

Parameters = ParamSpec("Parameters")


def with_exit_code(command: Callable[Parameters, int]) -> Callable[Parameters, Never]:
    """The command, leaving with the code that it returns; 0 when whoever read its output has closed the pipe.

    A store that cannot be opened, or cannot answer, is told in its own words.
    """

    @functools.wraps(command)
    def leaving(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Never:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go_of_stdout()
            code = 0
        except (CannotOpen, StoreError) as why:
            _flush_what_can_be_flushed()
            sys.stderr.write(f"{why}\n")
            code = UNUSABLE
        except KeyboardInterrupt:
            _flush_what_can_be_flushed()
            sys.stderr.write("\nStopped.\n")
            code = INTERRUPTED
        sys.exit(code)

    return leaving


def _flush_what_can_be_flushed() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()


def _let_go_of_stdout() -> None:
    """Point standard output at nothing: the interpreter flushes it once more on its way out."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
