"""An expectation holds what a store did against what the port asks; its failure names the rule and what differs.

Plain ``assert`` would say less: pytest explains the assertions of test modules, not those of an installed package.
"""

from __future__ import annotations

from typing import Any

import attrs

_LENGTH_MAX = 2_000


def expect(found: object, wanted: object, rule: str) -> None:
    """Fail unless ``found`` equals ``wanted``; ``rule`` is the sentence that is broken otherwise."""
    if found != wanted:
        raise AssertionError(f"{rule}\n{_difference(found, wanted)}")


def expect_that(holds: bool, rule: str) -> None:
    """Fail unless the rule holds."""
    if not holds:
        raise AssertionError(rule)


def _difference(found: object, wanted: object) -> str:
    """Both values; of two records of one class the fields that differ."""
    kind: Any = type(wanted)
    if type(found) is not kind or not attrs.has(kind):
        return f"  wanted: {_shown(wanted)}\n  found:  {_shown(found)}"
    names = [field.name for field in attrs.fields(kind)]
    pairs = [(name, getattr(found, name), getattr(wanted, name)) for name in names]
    return "\n".join(f"  {name}:\n{_difference(left, right)}" for name, left, right in pairs if left != right)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LENGTH_MAX else text[:_LENGTH_MAX] + " …"
