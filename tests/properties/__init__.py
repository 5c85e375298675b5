"""Every rule as an if-and-only-if against a naive definition."""
