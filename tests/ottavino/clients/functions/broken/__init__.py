"""Does not start."""

raise ImportError("A package is missing.")
