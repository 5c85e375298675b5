"""The command ``talk``: type what a caller says, and see a call end in a booking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from io import TextIOWrapper

import attrs
import click

from booking_engine import BookingEngine
from booking_engine.adapters.agent import Toolset
from booking_engine.adapters.cli.clock import StandingClock
from booking_engine.adapters.cli.demo import CountedIds
from booking_engine.adapters.cli.differences import visible
from booking_engine.adapters.cli.ending import UNUSABLE, with_exit_code
from booking_engine.adapters.cli.in_memory import open_clinic
from booking_engine.adapters.cli.inputs import read_clinic_file, read_instant
from booking_engine.adapters.cli.talking.agent import Agent
from booking_engine.adapters.cli.talking.line import Line
from booking_engine.adapters.cli.talking.model import ModelAgent, UnusableModel, find_model
from booking_engine.adapters.cli.talking.receptionist import Receptionist
from booking_engine.adapters.cli.talking.tools import CallTools
from booking_engine.adapters.cli.terminal import Terminal
from booking_engine.adapters.cli.wallclock import moment
from booking_engine.adapters.memory import MemoryAnswers
from booking_engine.adapters.opening import open_database, phones_here
from booking_engine.clinic import Clinic, example_clinic, read_clinic
from booking_engine.domain.phone import PhoneNormalizer
from booking_engine.errors import OrganisationNotConfigured
from booking_engine.ports import AnswerBook, Clock, IdFactory
from booking_engine.shell import RandomIds, system_clock

_LANGUAGES = ("en", "hi")


@attrs.frozen
class _Clinic:
    """What answers the phone: an engine, where tool calls are written down, and the ids and the clock of both."""

    engine: BookingEngine
    answers: AnswerBook
    ids: IdFactory
    clock: Clock


@click.command(short_help="Type what a caller says, and see it booked.")
@click.option("--clinic", "path", metavar="FILE", help="A clinic file, in memory. Default: the example clinic.")
@click.option(
    "--store", "url", metavar="URL", help="A store instead: sqlite:///file.db or postgresql://user@host/name."
)
@click.option("--org", "org_id", metavar="ID", help="The organisation in the store.")
@click.option("--clock", metavar="ISO", help="Let the clock stand still at this instant, and count the ids.")
@click.option("--lang", type=click.Choice(_LANGUAGES), default="en", show_default=True, help="What the agent speaks.")
@click.option("--show", is_flag=True, help="Show each tool call and its answer.")
@click.option("--model", metavar="MODULE:FUNCTION", help="Who answers the calls, instead of the script.")
@with_exit_code
def talk(
    path: str | None,
    url: str | None,
    org_id: str | None,
    clock: str | None,
    lang: str,
    show: bool,
    model: str | None,
) -> int:
    """Talk to the agent of a clinic: each line that you type is what the caller says.

    A script answers, with the tools that a voice agent has, and needs no model and no network. Ctrl-C interrupts the
    agent; a second one, or the end of the input, hangs up. Lines can be piped in too. The exit code is 0, or 2 when the
    clinic, the store or the model cannot be used.
    """
    faults = _faults(path, url, org_id)
    instant = None if clock is None else read_instant(clock)
    if isinstance(instant, str):
        faults.append(instant)
    if faults:
        click.echo("\n".join(faults), err=True)
        return UNUSABLE
    assert not isinstance(instant, str)
    now: Clock = system_clock if instant is None else StandingClock(instant)
    try:
        with _opened(path, url, org_id, now, counted=instant is not None) as clinic:
            _call(clinic, lang, show=show, model=model)
    except (UnusableModel, _UnusableClinic) as why:
        click.echo(str(why), err=True)
        return UNUSABLE
    except OrganisationNotConfigured:
        click.echo(f"There is no organisation {visible(org_id or '')} in the store.", err=True)
        return UNUSABLE
    return 0


def _faults(path: str | None, url: str | None, org_id: str | None) -> list[str]:
    faults = []
    if path is not None and url is not None:
        faults.append("--clinic and --store: choose one of them")
    if (url is None) is not (org_id is None):
        faults.append("--store and --org: give both or none")
    return faults


class _UnusableClinic(ValueError):
    """Raised for a clinic file with mistakes; the text has them all."""


@contextlib.contextmanager
def _opened(path: str | None, url: str | None, org_id: str | None, now: Clock, *, counted: bool) -> Iterator[_Clinic]:
    """The clinic in memory, or in a store that is given back afterwards."""
    phones = phones_here()
    if url is None or org_id is None:
        ids: IdFactory = CountedIds() if counted else RandomIds()
        setup = _example(ids, phones) if path is None else read_clinic_file(path, ids.uuid, phones)
        if not isinstance(setup, Clinic):
            raise _UnusableClinic("\n".join(setup))
        yield _Clinic(open_clinic(setup, now, ids, phones), MemoryAnswers(), ids, now)
        return
    database = open_database(url)
    try:
        from booking_engine.adapters.sql import SqlAnswers, SqlStore  # noqa: PLC0415 (an extra)

        engine = BookingEngine(SqlStore(database, org_id), clock=now, phones=phones)
        yield _Clinic(engine, SqlAnswers(database, org_id), RandomIds(), now)
    finally:
        database.dispose()


def _example(ids: IdFactory, phones: PhoneNormalizer) -> Clinic:
    clinic = read_clinic(example_clinic(), ids.uuid, phones)
    assert isinstance(clinic, Clinic)
    return clinic


def _call(clinic: _Clinic, lang: str, *, show: bool, model: str | None) -> None:
    """One call, from the greeting to the end."""
    catalog, terminal = clinic.engine.catalog(), Terminal.of(sys.stdout)
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    name, zone = catalog.organisation.name, catalog.configuration.timezone
    line = Line(terminal, sys.stdin)
    toolset = Toolset(clinic.engine, clinic.answers, lang=lang)
    show_tools = line.aside if show else _silent
    tools = CallTools(toolset, clinic.ids.token(), lang, clinic.clock, show_tools)
    agent: Agent
    if model is None:
        agent = Receptionist(tools, clinic.clock, name, zone, lang)
    else:
        agent = ModelAgent(find_model(model), tools, name, lang)
    line.aside(f"{name}, {moment(clinic.clock(), zone)}. Type what the caller says; Ctrl-D hangs up.")
    agent_ended = line.talk(agent)
    line.aside("(The call is over.)" if agent_ended else "(You hang up.)")
    if tools.held_until is not None:
        line.aside(f"(The place that was held is free again by itself at {moment(tools.held_until, zone)}.)")


def _silent(_: str) -> None:
    """Show nothing."""
