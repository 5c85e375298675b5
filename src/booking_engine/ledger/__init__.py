"""The capacity ledger's language: what a decision asks to see and what it wants done, as claims and not as locks.

A store answers a ``LedgerQuery`` with a ``LedgerView`` of one snapshot, and a ``Commit`` with ``Done`` or
``Refused``. It applies a commit wholly or not at all, and knows none of the rules that made it.
"""
