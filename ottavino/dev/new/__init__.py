"""Writes a new project, or a new function in one."""
