"""The steps by which a database comes to the tables of this version; run by ``schema.migrate``.

A new step is a module in ``versions`` that says, in words of its own, what changes: a step that was released is frozen
and does not follow ``tables.py``. Change ``tables.py`` with it and raise ``schema.VERSION``; a test holds the three
together.
"""
