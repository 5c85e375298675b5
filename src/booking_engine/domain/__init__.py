"""The nouns of booking: frozen records and values, no clock, no storage, no decisions."""
