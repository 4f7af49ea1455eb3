"""Supabase's client for Python, in the versions that `requirements` has a lock for."""
