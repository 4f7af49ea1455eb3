"""The project that the framework is tested in: tables, functions and migrations of its own."""
