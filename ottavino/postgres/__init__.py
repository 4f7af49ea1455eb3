"""Connections, and transactions of a caller."""
