"""The HTTP server of this project's functions."""

from ottavino.http import create_app

app = create_app("functions")
