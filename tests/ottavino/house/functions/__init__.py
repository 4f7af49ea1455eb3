"""The functions of the framework's tests."""

FUNCTIONS = __name__
