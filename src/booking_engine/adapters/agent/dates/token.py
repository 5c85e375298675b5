"""A token is a word or some words of a caller in one letter of the grammar's alphabet, with a number.

| letter | is | number |
|---|---|---|
| ``w`` ``M`` ``r`` | weekday, month, day from today | 0 is Monday; 1 is January; 0 is today |
| ``n`` ``o`` ``E`` | number, ordinal, "date" (Hindi *tareekh*) | its value |
| ``d`` ``k`` ``m`` ``y`` ``h`` ``i`` | day, week, month, year, hour, minute | how many days a ``k`` has |
| ``K`` ``e`` | weekend, edge | 0 begin, 1 middle, 2 end |
| ``T`` ``N`` ``P`` ``C`` ``L`` | this, next, the one after next, coming, last | |
| ``I`` ``A`` ``B`` ``F`` ``a`` | in, after or later, before, from, a | |
| ``H`` ``Q`` ``p`` ``t`` ``Z`` | half, quarter, past, to, oh | |
| ``c`` ``x`` ``@`` | o'clock, am or pm, at | 0 is am, 1 is pm |
| ``f`` ``D`` | a Hindi fraction before an hour, an hour and a half | minutes |
| ``j`` ``J`` | Hindi "having struck", "about to strike" | |
| ``s`` ``V`` | part of the day, noon or midnight | see ``parts`` ; hour |
| ``q`` ``X`` ``Y`` ``G`` | digits: a time, a date, an ISO date, an ISO instant | in ``digits`` |
| ``b`` ``,`` ``U`` ``_`` | and or or, comma, a word that turns the meaning around, any other word | |
"""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """``word`` is what was said, folded; ``digits`` are the numbers of what was written in digits."""

    kind: str
    value: int = 0
    word: str = ""
    digits: tuple[int, ...] = ()
