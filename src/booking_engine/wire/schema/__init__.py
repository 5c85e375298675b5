"""A schema tells in JSON Schema (2020-12) what may be asked and what is answered, for machines that read before asking.

What may be asked is made from the one table of shapes, so it is what ``parsed`` takes; what is answered is written
beside the bodies and held against real answers by tests.
"""

from booking_engine.wire.schema.answered import ANSWER_OF, ANSWERS
from booking_engine.wire.schema.asked import fields_schema, json_schema, value_schema
from booking_engine.wire.schema.parts import ref
from booking_engine.wire.schema.records import RECORDS
from booking_engine.wire.schema.refused import REFUSED

SCHEMAS = {**RECORDS, **ANSWERS}
"""Every schema of what is answered, by the name that ``ref`` takes."""

__all__ = ["ANSWER_OF", "REFUSED", "SCHEMAS", "fields_schema", "json_schema", "ref", "value_schema"]
