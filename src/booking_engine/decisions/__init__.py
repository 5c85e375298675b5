"""Plan and decide, for each command: pure functions of the ask, the catalog, the ledger's view, now and an id."""
