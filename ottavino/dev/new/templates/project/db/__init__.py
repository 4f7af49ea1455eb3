"""The tables, and the objects of the database."""
