"""What is written for a developer: a project, and a function of one."""
