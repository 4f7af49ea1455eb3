"""Adopting a live database: classes for its tables, and a migration that makes the same."""
