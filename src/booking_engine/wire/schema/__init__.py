"""A schema tells in JSON Schema (2020-12) what may be asked and what is answered, for machines that read before asking.

What may be asked is made from the one table of shapes, so it is what ``parsed`` takes; what is answered is written
beside the bodies and held against real answers by tests.
"""

from booking_engine.wire.schema.asked import fields_schema, json_schema, value_schema

__all__ = ["fields_schema", "json_schema", "value_schema"]
