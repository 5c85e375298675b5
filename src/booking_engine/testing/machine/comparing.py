"""Comparing engine and model: all that they hold must be the same, and a disagreement says where it lies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import attrs

from booking_engine.domain.appointment import Appointment
from booking_engine.domain.catalog import Catalog
from booking_engine.domain.tracking import EMPTY
from booking_engine.ledger.audit import LedgerSnapshot, counts_at
from booking_engine.ledger.claims import ReferenceName
from booking_engine.ports import Store
from booking_engine.testing.model import NaiveModel


class Disagreement(AssertionError):
    """Engine and model do not agree: one of them has a rule wrong."""


def agree_on_store(store: Store, model: NaiveModel, now: datetime) -> None:
    """The store holds what the model holds: catalog, appointments and holds field for field, every count and name."""
    snapshot, catalog = store.snapshot(), store.catalog()
    counts = counts_at(catalog.configuration, snapshot, now)
    running = [hold for hold in snapshot.holds if hold.is_running(now)]
    agree("catalog", _setup(catalog), _setup(model.catalog))
    agree("appointments", _by_id(snapshot.appointments), _by_id(model.appointments))
    agree("holds", {hold.holder: hold for hold in running}, {hold.holder: hold for hold in model.holds(now)})
    agree("counts", {key: number for key, number in counts.items() if number != EMPTY}, model.counts(now))
    agree("names", _names(snapshot), model.names())
    agree("instants in UTC", {each.start.utcoffset() for each in snapshot.appointments} - {timedelta(0)}, set())


def agree(what: str, engine: object, model: object, ask: object = None) -> None:
    """Raise ``Disagreement``, saying where, unless both are the same."""
    if engine == model:
        return
    lines = [f"engine and model disagree about {what}"]
    if ask is not None:
        lines.append(f"  asked: {ask if not attrs.has(type(ask)) else _told(ask)}")
    lines += [f"  {difference}" for difference in _differences(engine, model)]
    raise Disagreement("\n".join(lines))


def _told(record: Any) -> str:
    """A record with all its fields: reprs hide what is personal, but here nothing is."""
    given = [(field.name, getattr(record, field.name), field.default) for field in attrs.fields(type(record))]
    shown = ", ".join(f"{name}={value!r}" for name, value, default in given if value != default)
    return f"{type(record).__name__}({shown})"


def _differences(engine: Any, model: Any) -> list[str]:
    if type(engine) is type(model) and attrs.has(type(engine)):
        names = [field.name for field in attrs.fields(type(engine))]
        pairs = {name: (getattr(engine, name), getattr(model, name)) for name in names}
    elif isinstance(engine, dict) and isinstance(model, dict):
        pairs = {key: (engine.get(key), model.get(key)) for key in {**engine, **model}}
    elif isinstance(engine, tuple) and isinstance(model, tuple) and len(engine) == len(model):
        pairs = dict(enumerate(zip(engine, model, strict=True)))
    else:
        return [f"engine: {engine!r}", f"model:  {model!r}"]
    return [
        f"{name}: {line}"
        for name, (has, should) in pairs.items()
        if has != should
        for line in _differences(has, should)
    ]


def _setup(catalog: Catalog) -> dict[str, object]:
    return {
        "revision": catalog.revision,
        "organisation": catalog.organisation,
        "branches": dict(catalog.branches),
        "services": dict(catalog.services),
        "windows": dict(catalog.windows),
        "overrides": dict(catalog.overrides),
        "closures": dict(catalog.closures),
    }


def _by_id(appointments: Iterable[Appointment]) -> dict[str, object]:
    return {each.appointment_id: each for each in appointments}


def _names(snapshot: LedgerSnapshot) -> dict[object, frozenset[str]]:
    return {
        (name.reference,) if isinstance(name, ReferenceName) else tuple(name): holders
        for name, holders in snapshot.names.items()
    }
