"""The service as it is deployed, with the functions of the bench in place of its own.

Worker processes run this module too, so each of them serves the same application.
"""

import functions.app
from functions.__main__ import main
from functions._shared.discovery import discover
from functions.app import create_app

functions.app.app = create_app(discover("bench.functions"))

if __name__ == "__main__":
    main()
