"""Compares a database with the declared schema, and reports what it should not allow."""
