"""The tests of each function."""
