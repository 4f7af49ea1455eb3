"""Modules for development only: the development server, its database, tokens, new projects."""
