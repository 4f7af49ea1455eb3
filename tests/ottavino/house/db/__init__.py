"""The tables of the framework's tests."""
