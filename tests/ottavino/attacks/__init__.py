"""Attacks on a server, one test each. None of them may succeed."""
