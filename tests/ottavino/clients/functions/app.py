"""The project's functions and those of these tests, in one application."""

from functions.app import create_app
from ottavino.http.discovery import discover

app = create_app({**discover("functions"), **discover("tests.ottavino.clients.functions")})
