"""Everything that knows the database."""
