"""Serves these functions, as `python -m ottavino serve` serves the project's own."""

from ottavino.http.serve import main

if __name__ == "__main__":
    main("tests.ottavino.clients.functions.app:app")
