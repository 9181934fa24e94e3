"""The identity store in a SQLite file."""
