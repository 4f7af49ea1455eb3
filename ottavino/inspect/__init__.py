"""Compares a database with the declared schema, and reports unsafe access."""
