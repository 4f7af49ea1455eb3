"""The embedded PostgreSQL of this machine, and what Supabase adds to a PostgreSQL."""
