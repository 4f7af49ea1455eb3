"""What somebody tries against a server, one test an attack, and what does not come of it."""
