"""How fast the service is, beside what a team could use instead: `make bench`.

What is measured stands on the tables of the framework's tests, not on the application's.
"""

import os

os.environ["PICCOLO_CONF"] = "tests.ottavino.house.piccolo_conf"
