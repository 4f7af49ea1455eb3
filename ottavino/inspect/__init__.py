"""Compares a database with what is declared, and says what it should not allow."""
