"""The storage conformance kit: a store that passes it keeps every rule of the port, races included.

A user of the kit writes one short class over ``StoreConformance``, or ``AsyncStoreConformance``, with a declaration
of the store's ``Capabilities``.
"""

from booking_engine.testing.conformance.capabilities import Capabilities
from booking_engine.testing.conformance.kit import AsyncStoreConformance, StoreConformance, cases_of, run_case

__all__ = ["AsyncStoreConformance", "Capabilities", "StoreConformance", "cases_of", "run_case"]
