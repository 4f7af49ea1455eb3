"""How fast the service is, beside what a team could use instead: `make bench`.

The measured functions use the tables of the framework's tests, not the application's.
"""

CONFIGURATION = {"PICCOLO_CONF": "tests.ottavino.house.piccolo_conf"}
"""What names these tables to a process. Importing the bench does not set it: a test that does
that shares its process with the application's tests.
"""
