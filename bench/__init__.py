"""How fast the service is, beside what a team could use instead: `make bench`.

What is measured stands on the tables of the framework's tests, not on the application's.
"""

CONFIGURATION = {"PICCOLO_CONF": "tests.ottavino.house.piccolo_conf"}
"""What names these tables to a process. Importing the bench does not set it: a test that does
that shares its process with the application's tests.
"""
