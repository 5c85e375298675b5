"""A clinic is what its file sets up: commands in the order in which an engine carries them out.

Reading is pure, and finds every mistake of the file at once. Each table has the shape of its command (SPEC W1), and
the commands are rehearsed on a catalog, so that the file is held to the rules of every other request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from booking_engine import commands as c
from booking_engine.clinic.document import Document, read_document
from booking_engine.clinic.mistake import Mistake, Place
from booking_engine.clinic.rehearsal import Rehearsal
from booking_engine.clinic.sections import BRANCHES, CONFIG, SERVICES, WINDOWS, Section
from booking_engine.domain.phone import PhoneNormalizer, PlainPhones
from booking_engine.domain.problem import FieldProblem
from booking_engine.domain.text import clean_text, fold
from booking_engine.rules.fields import record_id

Table: TypeAlias = Mapping[str, Any]

_ORGANISATION_KEYS = ("id", "name")
_ROOT_KEYS = ("organisation", "config", "branches", "services", "windows")
_UNRESOLVED = "unresolved"


@attrs.frozen(kw_only=True)
class Clinic:
    """The setup of the organisation ``org_id``: ``engine.execute`` carries out its ``commands``, in this order.

    ``made_ids`` are those that the file does not give: another reading of it makes others.
    """

    org_id: str
    commands: tuple[c.SetupCommand, ...]
    made_ids: frozenset[str] = attrs.field(default=frozenset(), eq=False, repr=False)


def read_clinic(
    data: bytes, new_id: Callable[[], str], phones: PhoneNormalizer | None = None
) -> Clinic | tuple[Mistake, ...]:
    """The clinic in a file's bytes, or every mistake of the file, in its order.

    ``new_id`` makes the ids that the file does not give; ``phones`` is the normaliser of the engine that is to carry
    the commands out.
    """
    document = read_document(data)
    if isinstance(document, Mistake):
        return (document,)
    return _Reading(document, new_id, phones or PlainPhones()).whole()


@attrs.frozen
class _Entry:
    """A branch or service of the file, as its windows refer to it; not ``usable`` when its table is mistaken."""

    record_id: str
    name: str
    usable: bool


class _Reading:
    """One way through a document, collecting what is wrong with it."""

    def __init__(self, document: Document, new_id: Callable[[], str], phones: PhoneNormalizer) -> None:
        self._document = document
        self._make_id = new_id
        self._made_ids: set[str] = set()
        self._rehearsal = Rehearsal(phones)
        self._mistakes: list[Mistake] = []

    def whole(self) -> Clinic | tuple[Mistake, ...]:
        """The clinic, or every mistake."""
        self._known(self._document.tables, _ROOT_KEYS, ())
        org_id = self._organisation()
        branches, services = self._entries("branches", BRANCHES), self._entries("services", SERVICES)
        for place, table in self._list("windows"):
            self._window(place, table, {"branch": branches, "service": services})
        mistakes = self._document.located(self._mistakes)
        made_ids = frozenset(self._made_ids)
        return mistakes or Clinic(org_id=org_id, commands=self._rehearsal.accepted, made_ids=made_ids)

    # --- What the tables stand for ----------------------------------------------------------------------------------

    def _organisation(self) -> str:
        organisation = self._known(self._table("organisation"), _ORGANISATION_KEYS, ("organisation",))
        config = self._known(self._table("config"), CONFIG.keys, ("config",))
        org_id = record_id(organisation.pop("id") if "id" in organisation else self._new_id())
        if isinstance(org_id, FieldProblem):
            self._wrong(("organisation",), org_id.named("id"))
        if "timezone" not in config:
            self._wrong(("config",), FieldProblem("timezone", "is missing", 'send an IANA name, e.g. "Asia/Kolkata"'))
            config["timezone"] = "UTC"  # so that the other keys can be judged
        self._carry_out(CONFIG, {**organisation, **config}, ("config",))
        return str(org_id)

    def _entries(self, name: str, section: Section) -> list[_Entry]:
        entries = []
        for place, table in self._list(name):
            values = self._with_id(self._known(table, section.keys, place))
            usable = self._carry_out(section, values, place)
            entries.append(_Entry(_clean(values["id"]), _clean(values.get("name")), usable))
        return entries

    def _window(self, place: Place, table: Table, entries: Mapping[str, list[_Entry]]) -> None:
        values = self._with_id(self._known(table, WINDOWS.keys, place))
        usable = True
        for key in entries:
            referred = _referred(key, values.get(key), entries[key])
            if isinstance(referred, FieldProblem):
                self._wrong(place, referred)
                values[key], usable = _UNRESOLVED, False
            elif referred is not None:
                values[key], usable = referred.record_id or _UNRESOLVED, usable and referred.usable
        self._carry_out(WINDOWS, values, place, rehearsed=usable)

    def _with_id(self, values: dict[str, Any]) -> dict[str, Any]:
        return values if "id" in values else {"id": self._new_id(), **values}

    def _new_id(self) -> str:
        made = self._make_id()
        self._made_ids.add(made)
        return made

    def _carry_out(self, section: Section, values: Table, place: Place, *, rehearsed: bool = True) -> bool:
        """Have the command of a table accepted; what it refers to must be so already for it to be ``rehearsed``."""
        command = section.read(values)
        problems: tuple[FieldProblem, ...] = ()
        if isinstance(command, tuple):
            problems = command
            bad = {section.key_of(problem.field) for problem in problems}
            # What can be read is rehearsed all the same: the reader hears of everything at once.
            command = section.read({key: value for key, value in values.items() if key not in bad})
        if rehearsed and not isinstance(command, tuple):
            problems += self._rehearsal.carry_out(command)
        for problem in problems:
            at = ("organisation",) if section is CONFIG and problem.field == "name" else place
            self._wrong(at, problem.named(section.key_of(problem.field)))
        return not problems

    # --- The document -----------------------------------------------------------------------------------------------

    def _table(self, name: str) -> Table:
        table = self._document.tables.get(name, {})
        if isinstance(table, dict):
            return table
        self._mistakes.append(Mistake((name,), "is not a table", f"write [{name}]"))
        return {}

    def _list(self, name: str) -> Iterator[tuple[Place, Table]]:
        tables = self._document.tables.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._mistakes.append(Mistake((name,), "is not a list of tables", f"write [[{name}]] before each of them"))
            return
        for position, table in enumerate(tables):
            yield (name, position), table

    def _known(self, table: Table, keys: tuple[str, ...], place: Place) -> dict[str, Any]:
        """The entries of a table that mean something; the others are mistakes."""
        for key in table:
            if key not in keys:
                self._mistakes.append(Mistake((*place, key), "means nothing here", f"known keys: {', '.join(keys)}"))
        return {key: value for key, value in table.items() if key in keys}

    def _wrong(self, place: Place, problem: FieldProblem) -> None:
        self._mistakes.append(Mistake((*place, problem.field), problem.problem, problem.hint))


def _clean(value: object) -> str:
    text = clean_text(value)
    return text if isinstance(text, str) else ""


def _referred(key: str, text: object, entries: list[_Entry]) -> _Entry | FieldProblem | None:
    """The entry that a window means by id or name, ids first; None where it means none, or nothing that is text."""
    if text is None and key == "branch":
        if len(entries) == 1:
            return entries[0]
        if not entries:
            return FieldProblem(key, "cannot be chosen", "the file has no branch: write [[branches]]")
        return FieldProblem(key, "is missing and there are several branches", _hint(entries))
    if not isinstance(text, str):
        return None
    clean = _clean(text)
    for entry in entries:
        if entry.record_id == clean:
            return entry
    for entry in entries:
        if fold(entry.name) == fold(clean):
            return entry
    return FieldProblem(key, f"is no {key} of this file", _hint(entries))


def _hint(entries: list[_Entry]) -> str:
    return "send one of: " + ", ".join(f'"{entry.name}"' for entry in entries if entry.name)
