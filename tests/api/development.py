"""Serves the development server's application: `python -m tests.api.development`."""

import uvicorn

from functions.__main__ import options

if __name__ == "__main__":
    uvicorn.run("functions._local.app:app", **options())
