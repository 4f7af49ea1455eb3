"""Functions for the clients to call: they send every kind of answer, and fail in every way."""
