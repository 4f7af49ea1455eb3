"""Requests while the database, the pooler, the network or the clients fail."""
