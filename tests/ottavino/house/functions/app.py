"""The functions of the framework's tests, as a server serves them."""

from ottavino.http import create_app

app = create_app("tests.ottavino.house.functions")
