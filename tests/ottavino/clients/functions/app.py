"""The project's functions and those of these tests, in one application."""

from ottavino.http import create_app
from ottavino.http.discovery import discover
from tests.ottavino.house.functions import FUNCTIONS

app = create_app(
    {
        **discover(FUNCTIONS),
        **discover("tests.ottavino.clients.functions"),
    }
)
