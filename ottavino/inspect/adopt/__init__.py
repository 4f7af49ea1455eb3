"""Adopting a live database: its tables as classes, and the migration that makes the same."""
