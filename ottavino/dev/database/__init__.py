"""A database on this machine: the embedded PostgreSQL, and what Supabase adds to any other."""
