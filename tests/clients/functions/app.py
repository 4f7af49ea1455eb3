"""The project's functions and those of these tests, in one application."""

from functions._shared.discovery import discover
from functions.app import create_app

app = create_app({**discover("functions"), **discover("tests.clients.functions")})
