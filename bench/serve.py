"""The service as it is deployed, with the functions of the bench.

Worker processes import this module too, so each of them serves the same application.
"""

import os

from bench import CONFIGURATION
from ottavino.http import create_app
from ottavino.http.serve import main

os.environ.update(CONFIGURATION)
app = create_app("bench.functions")

if __name__ == "__main__":
    main("bench.serve:app")
