"""Serves the development server's application: `python -m tests.ottavino.api.development`."""

import uvicorn

from ottavino.http.serve import options

if __name__ == "__main__":
    uvicorn.run("ottavino.dev.app:app", **options())
