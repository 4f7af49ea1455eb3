"""Supabase's own clients, as they are published, against our server."""
