"""What ``databases.py`` measures: our engine over SQLite and PostgreSQL, and the least that they can do."""
