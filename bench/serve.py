"""The service as it is deployed, with the functions of the bench in place of its own.

Worker processes run this module too, so each of them serves the same application.
"""

import functions.app
from functions.app import create_app
from ottavino.http.discovery import discover
from ottavino.http.serve import main

functions.app.app = create_app(discover("bench.functions"))

if __name__ == "__main__":
    main()
