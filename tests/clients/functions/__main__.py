"""Serves them, as `python -m functions` serves the project's own."""

import uvicorn

from ottavino.http.serve import options

if __name__ == "__main__":
    uvicorn.run("tests.clients.functions.app:app", **options())
