"""What becomes of requests while the database, the pooler, the line or the clients fail."""
