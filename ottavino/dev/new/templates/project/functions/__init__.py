"""Everything that knows HTTP. A directory here is a function."""
