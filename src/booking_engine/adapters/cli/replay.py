"""The command ``replay``: a clinic, a file of requests, and an answer to each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from io import TextIOWrapper

import click

from booking_engine.adapters.cli.clock import StandingClock
from booking_engine.adapters.cli.ending import UNUSABLE, with_exit_code
from booking_engine.adapters.cli.in_memory import open_clinic
from booking_engine.adapters.cli.inputs import STDIN, Inputs, read_inputs
from booking_engine.adapters.cli.progress import Progress
from booking_engine.adapters.cli.replaying import Replay, Reply
from booking_engine.adapters.cli.request import numbered_lines
from booking_engine.adapters.cli.showing import outcome, shown, summary
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.opening import phones_here
from booking_engine.shell import RandomIds, system_clock
from booking_engine.wire.reading import to_json


@click.command(short_help="Answer every request of a file.")
@click.argument("clinic", metavar="CLINIC.toml")
@click.argument("requests", metavar="REQUESTS.jsonl")
@click.option(
    "--clock", metavar="ISO", help='What the clock shows at first, e.g. "2026-06-01T10:00:00Z". Default: now.'
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON: one object a line, with line, status and body.")
@with_exit_code
def replay(clinic: str, requests: str, clock: str | None, as_json: bool) -> int:
    """Set up the clinic of CLINIC.toml in memory and answer every request of REQUESTS.jsonl ("-": standard input).

    A request that is refused, or cannot be read, is answered so and the replay goes on. The exit code is 0, or 2 when
    the files cannot be used: then every mistake in them is listed.
    """
    phones, ids = phones_here(), RandomIds()
    inputs = read_inputs(clinic, requests, system_clock() if clock is None else clock, ids.uuid, phones)
    if isinstance(inputs, tuple):
        click.echo("\n".join(inputs), err=True)
        return UNUSABLE
    standing = StandingClock(inputs.now)
    engine = open_clinic(inputs.clinic, standing, ids, phones)
    with inputs.requests:
        replies = _replies(Replay(engine, standing), inputs)
        if as_json:
            _write_json(replies, flushed=requests == STDIN)
        else:
            _write_text(replies, Terminal.of(sys.stdout))
    return 0


def _replies(replay: Replay, inputs: Inputs) -> Iterator[tuple[int, Reply]]:
    """The number of each line and the reply to it, with progress shown while the caller waits for the next."""
    progress, read = Progress(sys.stderr, inputs.size), 0
    for number, line in numbered_lines(inputs.requests):
        reply = replay.answer(line)
        if sys.stdout.isatty():
            progress.clear()
        yield number, reply
        read += len(line) + 1
        progress.show(read, number)
    progress.clear()


def _write_json(replies: Iterator[tuple[int, Reply]], *, flushed: bool) -> None:
    """``flushed``: whoever writes the requests may be waiting for each answer."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the terminal
    for number, reply in replies:
        answer = {"line": number, "status": reply.answer.status, "body": reply.answer.body}
        sys.stdout.write(to_json(answer) + "\n")
        if flushed:
            sys.stdout.flush()


def _write_text(replies: Iterator[tuple[int, Reply]], terminal: Terminal) -> None:
    outcomes: Counter[str] = Counter()
    for number, reply in replies:
        outcomes[outcome(reply)] += 1
        terminal.write(shown(number, reply, terminal))
    terminal.write()
    for line in summary(outcomes, terminal):
        terminal.write(line)
