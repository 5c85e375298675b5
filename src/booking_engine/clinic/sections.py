"""A section is one kind of table of a clinic file: its keys, and the command that each of its tables stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from booking_engine import commands as c
from booking_engine.domain.problem import FieldProblem
from booking_engine.rules.shape import parsed
from booking_engine.rules.shape_table import SHAPES

_TRANSPORT_FIELDS = ("channel", "actor")


@attrs.frozen
class Section:
    """The keys of a table are the fields of its command, but for those that are ``called`` something else in it."""

    kind: type[c.SetupCommand]
    called: Mapping[str, str] = attrs.field(factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What a table of this section may say."""
        left_out = (*_TRANSPORT_FIELDS, *self.left_out)
        return tuple(self.key_of(field.name) for field in SHAPES[self.kind].fields if field.name not in left_out)

    def key_of(self, field: str) -> str:
        """What the file calls a field of the command."""
        return self.called.get(field, field)

    def read(self, table: Mapping[str, Any]) -> c.SetupCommand | tuple[FieldProblem, ...]:
        """The command of a table whose keys are known, or its problems by the fields of the command."""
        in_body = {field.name: field.in_body for field in SHAPES[self.kind].fields}
        fields = {key: field for field, key in self.called.items()}
        values = {fields.get(key, key): value for key, value in table.items()}
        body = {field: value for field, value in values.items() if in_body[field]}
        known = {field: value for field, value in values.items() if not in_body[field]}
        return parsed(self.kind, body, **known)


CONFIG = Section(c.ConfigureOrganisation, left_out=("name",))
BRANCHES = Section(c.AddBranch, {"branch_id": "id"})
SERVICES = Section(c.AddService, {"service_id": "id"})
WINDOWS = Section(c.CreateWindow, {"calendar_id": "id", "branch_id": "branch", "appointment_type_id": "service"})
